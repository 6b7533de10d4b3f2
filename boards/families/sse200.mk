# The chips that sse200.c calls.
CHIPS += sse200 nvic systick semihost

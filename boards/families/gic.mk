# The chips that gic.c calls.
CHIPS += arm_timer gicv2 gicv3

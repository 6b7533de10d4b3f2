# The chips that sbi.c calls.
CHIPS += sbi plic fdt fdt_board

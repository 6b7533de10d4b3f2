/* Raspberry Pi's RP2350: clocks, pins and the time that both cores share. Everything runs from
 * clk_sys, at 150 MHz (RP2350 datasheet, chapters 7, 8, 9 and 12.8). */
#ifndef SKEIN_RP2350_SOC_H
#define SKEIN_RP2350_SOC_H

enum { RP2350_HZ = 150000000 }; /* of the cores, their SysTick, arch_cycles and the UARTs */
enum { RP2350_UART = 2 };       /* the function of pins 0 and 1 that is UART 0 */

/* Clocks from a crystal of 12 MHz; starts the counter behind arch_cycles; what else is used comes
 * out of its reset. */
void rp2350_init(void);
void rp2350_pin(unsigned pin, unsigned function); /* with a pull-up */
#endif

/* The spin table in which a firmware without PSCI holds the cores that do not boot. */
#ifndef SKEIN_SPIN_TABLE_H
#define SKEIN_SPIN_TABLE_H
#include <stdint.h>

/* Sends cores 1 to cores - 1 to arch_wait, where they wait on (arch_let_in). Harmless where nobody
 * looks at the table. */
void spin_table_empty(uintptr_t table, unsigned cores);
#endif

/* Looks a pc up in the table of function names: see symbols.h. */
#include "report/symbols.h"

extern const char image_start[], text_end[], symbol_names[];
extern const uint32_t symbol_count;
extern const struct symbol {
	uint32_t offset, name; /* from image_start; in symbol_names */
} symbol_table[];

/* Context: any. */
const char *symbol_find(uintptr_t pc, uintptr_t *start)
{
	uint32_t low = 0, high = symbol_count;

	if (pc < (uintptr_t)image_start || pc >= (uintptr_t)text_end)
		return 0;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if ((uintptr_t)image_start + symbol_table[middle].offset <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	*start = (uintptr_t)image_start + symbol_table[low - 1].offset;
	return symbol_names + symbol_table[low - 1].name;
}

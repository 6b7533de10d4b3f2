/* kprintf: formats without the C library, in pieces of up to 48 characters that reach the console whole. */
#include "atomic.h"
#include "core.h"
#include "lock.h"
#include "panic.h"
#include "skein.h"
#include "symbols.h"

static struct lock out; /* OUT */

struct piece {
	unsigned n;
	char text[48];
};

static void flush(struct piece *p)
{
	unsigned long was = arch_irq_off();
	bool locked = !panicking(arch_core()); /* a panic owns the console */

	if (locked)
		lock(&out, RANK_OUT);
	board_console_write(p->text, p->n);
	if (locked)
		unlock(&out);
	arch_irq_restore(was);
	p->n = 0;
}

static void put(struct piece *p, char c)
{
	if (p->n == sizeof(p->text))
		flush(p);
	p->text[p->n++] = c;
}

struct spec {
	bool left, zero;
	int width, precision;
	unsigned longs;
};

static void put_padded(struct piece *p, const struct spec *s, const char *text, int n, char pad)
{
	int fill = s->width - n;

	for (; !s->left && fill > 0; fill--)
		put(p, pad);
	for (int i = 0; i < n; i++)
		put(p, text[i]);
	for (; fill > 0; fill--)
		put(p, ' ');
}

static void put_number(struct piece *p, struct spec *s, uint64_t value, bool negative, unsigned base, bool upper)
{
	char digits[24], *d = digits + sizeof(digits);

	do
		*--d = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
	while ((value /= base));
	if (negative && s->zero && !s->left) {
		put(p, '-');
		s->width--;
	} else if (negative) {
		*--d = '-';
	}
	put_padded(p, s, d, digits + sizeof(digits) - d, s->zero ? '0' : ' ');
}

static void put_string(struct piece *p, const struct spec *s, const char *text)
{
	int n = 0;

	if (!text)
		text = "(null)";
	while ((s->precision < 0 || n < s->precision) && text[n])
		n++;
	put_padded(p, s, text, n, ' ');
}

static uint64_t unsigned_arg(const struct spec *s, va_list *args)
{
	return s->longs == 0   ? va_arg(*args, unsigned)
	       : s->longs == 1 ? va_arg(*args, unsigned long)
	                       : va_arg(*args, unsigned long long);
}

static int64_t signed_arg(const struct spec *s, va_list *args)
{
	return s->longs == 0 ? va_arg(*args, int) : s->longs == 1 ? va_arg(*args, long) : va_arg(*args, long long);
}

static void convert(struct piece *p, char type, struct spec *s, va_list *args)
{
	int64_t value;

	switch (type) {
	case 'd':
	case 'i':
		value = signed_arg(s, args);
		put_number(p, s, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, 10, false);
		break;
	case 'u':
		put_number(p, s, unsigned_arg(s, args), false, 10, false);
		break;
	case 'x':
	case 'X':
		put_number(p, s, unsigned_arg(s, args), false, 16, type == 'X');
		break;
	case 'p':
		put(p, '0');
		put(p, 'x');
		put_number(p, s, (uintptr_t)va_arg(*args, void *), false, 16, false);
		break;
	case 's':
		put_string(p, s, va_arg(*args, const char *));
		break;
	case 'c':
		put(p, va_arg(*args, int));
		break;
	default:
		put(p, type);
	}
}

static int number(const char **f, va_list *args)
{
	int n = 0;

	if (**f == '*') {
		++*f;
		return va_arg(*args, int);
	}
	for (; **f >= '0' && **f <= '9'; ++*f)
		n = n * 10 + **f - '0';
	return n;
}

static struct spec parse(const char **f, va_list *args)
{
	struct spec s = {.precision = -1};

	for (; **f == '-' || **f == '0'; ++*f) {
		s.left |= **f == '-';
		s.zero |= **f == '0';
	}
	s.width = number(f, args);
	if (**f == '.') {
		++*f;
		s.precision = number(f, args);
	}
	for (; **f == 'l' || **f == 'z'; ++*f)
		s.longs++;
	return s;
}

/* Context: any. */
void vprint(const char *format, va_list list)
{
	struct piece p = {0};
	va_list args;

	va_copy(args, list);
	for (const char *f = format; *f; f++) {
		if (*f != '%') {
			put(&p, *f);
			continue;
		}
		f++;
		struct spec s = parse(&f, &args);
		convert(&p, *f, &s, &args);
	}
	va_end(args);
	flush(&p);
}

/* Context: any. */
void kprintf(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint(format, args);
	va_end(args);
}

/* Context: any. */
void print_place(uintptr_t pc, bool call)
{
	uintptr_t start;
	const char *name = symbol_find(pc - call, &start);

	if (name)
		kprintf("%p %s+%u", (void *)pc, name, (unsigned)(pc - start));
	else
		kprintf("%p", (void *)pc);
}

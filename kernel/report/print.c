/* kprintf: formats without the C library, into a line of the console. */
#include "arch.h"
#include "base/hot.h"
#include "base/panic.h"
#include "report/console.h"
#include "report/report.h"
#include "report/symbols.h"
#include "skein.h"

/* The line, and what is left to print of an argument: blanks, or a prefix and zeros, then a text or
 * the digits of a number, then blanks. All of it lies in vprint's frame and no call goes deeper
 * than two: a small stack must do. */
struct print {
	struct line *line;
	uint8_t base; /* of a number, 0 for a text */
	bool upper, left, zero;
	char one;
	int fill, length;
	const char *prefix;
	union {
		uint64_t number;
		const char *chars;
	};
};

static leaf noinline void put(struct print *p, char c)
{
	p->line->text[p->line->n] = c;
	if (++p->line->n < CONFIG_LINE)
		return;
	console_commit(p->line);
	console_line(&p->line);
}

/* In steps that take no division of 64 bits. */
static inline uint64_t divide(uint64_t number, uint32_t base)
{
	uint64_t quotient = 0;
	uint32_t rest = 0;

	for (int shift = 48; shift >= 0; shift -= 16) {
		rest = rest << 16 | (number >> shift & 0xffff);
		quotient = quotient << 16 | rest / base;
		rest %= base;
	}
	return quotient;
}

static leaf noinline int count_digits(uint64_t number, uint32_t base)
{
	int n = 1;

	while ((number = divide(number, base)))
		n++;
	return n;
}

/* The digit after which `behind` more come. From the start each time, because no digit is kept. */
static leaf noinline char digit(const struct print *p, int behind)
{
	uint64_t number = p->number;
	unsigned d;

	for (; behind; behind--)
		number = divide(number, p->base);
	d = number - divide(number, p->base) * p->base;
	return d < 10 ? '0' + d : (p->upper ? 'A' : 'a') + d - 10;
}

static inline uint64_t argument(char type, unsigned longs, va_list *args)
{
	if (type == 'p')
		return (uintptr_t)va_arg(*args, void *);
	if (longs > 1)
		return va_arg(*args, unsigned long long);
	if (type == 'd' || type == 'i')
		return longs ? va_arg(*args, long) : va_arg(*args, int);
	return longs ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
}

static inline int number(const char **f, va_list *args)
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

static inline void take_number(struct print *p, char type, uint64_t number)
{
	p->base = type == 'd' || type == 'i' || type == 'u' ? 10 : 16;
	p->upper = type == 'X';
	p->number = number;
	if (type == 'p') {
		p->prefix = "0x";
		p->fill -= 2;
	} else if (p->base == 10 && type != 'u' && (int64_t)number < 0) {
		p->prefix = "-";
		p->fill--;
		p->number = -number;
	}
}

static inline void take_text(struct print *p, const char *text, int precision)
{
	p->chars = text ? text : "(null)";
	while (p->length != precision && p->chars[p->length])
		p->length++;
}

/* Takes what stands from f on behind a %, and its arguments. Returns the last character of it. */
static leaf noinline const char *take(struct print *p, const char *f, va_list *args)
{
	int precision = -1;
	unsigned longs = 0;

	p->base = p->length = 0;
	p->left = p->zero = false;
	p->prefix = "";
	for (; *f == '-' || *f == '0'; f++)
		*(*f == '-' ? &p->left : &p->zero) = true;
	p->fill = number(&f, args);
	if (*f == '.') {
		f++;
		precision = number(&f, args);
	}
	for (; *f == 'l' || *f == 'z'; f++)
		longs++;
	switch (*f) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'p':
		take_number(p, *f, argument(*f, longs, args));
		break;
	case 's':
		take_text(p, va_arg(*args, const char *), precision);
		break;
	case 'c':
		p->one = va_arg(*args, int);
		p->chars = &p->one;
		p->length = 1;
		break;
	default:
		take_text(p, f, 1);
	}
	return f;
}

/* Context: any; a goroutine with preemption off. */
leaf void vprint(const char *f, va_list *args)
{
	struct print p;

	console_line(&p.line);
	for (; *f; f++) {
		if (*f != '%') {
			put(&p, *f);
			continue;
		}
		f = take(&p, f + 1, args);
		if (p.base)
			p.length = count_digits(p.number, p.base);
		p.fill -= p.length;
		for (; p.fill > 0 && !p.left && !(p.zero && p.base); p.fill--)
			put(&p, ' ');
		for (; *p.prefix; p.prefix++)
			put(&p, *p.prefix);
		for (; p.fill > 0 && !p.left; p.fill--)
			put(&p, '0');
		for (; p.length; p.length--)
			put(&p, p.base ? digit(&p, p.length - 1) : *p.chars++);
		for (; p.fill > 0; p.fill--)
			put(&p, ' ');
	}
	console_commit(p.line);
}

/* Context: any. */
void kprintf(const char *format, ...)
{
	bool goroutine = !arch_irq_masked();
	va_list args;

	if (goroutine)
		go_preempt_off();
	va_start(args, format);
	vprint(format, &args);
	va_end(args);
	if (goroutine) {
		go_preempt_on();
		console_drain();
	}
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

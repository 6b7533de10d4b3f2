#!/bin/sh
# What skein.h must reject does not compile, and the compiler says why; with the right thing in its place it compiles.
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cat >"$dir/head.c" <<'END'
#include <skein.h>
struct point { int x, y; };
struct other { int x, y; };
struct large { char b[257]; };
struct largest { char b[256]; };
struct wide { uint64_t a, b; };
struct page { int x; } __attribute__((aligned(1024)));
struct number { double d; };
union either { float f; int i; };
typedef int three[3];
extern chan(int) ints;
extern chan(struct point) points;
extern chan(int *) pointers;
extern chan(void) nothing;
extern chan(long) longs;
extern chan(chan(int)) chans;
extern struct once once;
extern struct timer timer;
extern struct mutex mutex;
extern struct chan_case cases[2];
extern int i;
extern int *ip;
extern char *text;
extern long wide;
extern double real;
extern struct point point;
extern struct other other;
extern struct wide big;
extern struct page page;
extern struct waitgroup wg;
void none(void), free_it(void *), of_int(int), of_double(double), of_float_and_int(float, int), of_int_and_double(int, double);
void of_point(struct point *), of_page(struct page *), of_four(int, char, void *, long), of_five(int, int, int, int, int);
void of_ints(chan(int)), of_wide(struct wide), of_struct(struct point), of_long_long(__int128), of_complex(float _Complex);
void of_number(struct number), of_either(union either);
struct large make_large(int), make_more(struct point *);
extern struct number number;
extern union either either;
extern float _Complex turn;
extern __int128 longest;
END
# what goes wrong|what is right|a word of the message
cat >"$dir/cases" <<'END'
chan_send(ints, text)|chan_send(ints, *text)|makes integer from pointer|incompatible
chan_send(pointers, i)|chan_send(pointers, &i)|makes pointer from integer|incompatible
chan_send(pointers, text)|chan_send(pointers, ip)|incompatible
chan_send(points, other)|chan_send(points, point)|incompatible
chan_send(points, 5)|chan_send(points, (struct point){5, 0})|incompatible
chan_send(points, 5, 6)|chan_send(points, (struct point){5, 6})|too many arguments|incompatible
chan_send(ints, 5, 6)|chan_send(ints, 5)|too many arguments
chan_send(ints, point)|chan_send(ints, point.x)|incompatible
chan_send(ints)|chan_send(ints, 1)|a value to send is missing
chan_send(nothing, 1)|chan_send(nothing)|a value to send is missing, or sent to a chan\(void\)
(void)chan_try_send(ints)|(void)chan_try_send(ints, 1)|a value to send is missing
(void)chan_try_send(points, 5)|(void)chan_try_send(points, point)|incompatible
(void)chan_send_for(ints, ms(1))|(void)chan_send_for(ints, 1, ms(1))|too few arguments
(void)chan_send_for(points, 5, ms(1))|(void)chan_send_for(points, point, ms(1))|incompatible
(void)chan_send_for(nothing, 1, ms(1))|(void)chan_send_for(nothing, ms(1))|too many arguments
chan_select(on_send(ints))|chan_select(on_send(ints, 1))|a value to send is missing
chan_select(on_send(points, 5))|chan_select(on_send(points, point))|incompatible
chan_select(on_send_from(points, &other))|chan_select(on_send_from(points, &point))|incompatible pointer
chan_recv(ints, &wide)|chan_recv(ints, &i)|incompatible pointer
chan_recv(points, &other)|chan_recv(points, &point)|incompatible pointer
chan_recv(ints, i)|chan_recv(ints, &i)|makes pointer from integer|incompatible
(void)chan_try_recv(ints, &wide)|(void)chan_try_recv(ints, &i)|incompatible pointer
(void)chan_recv_for(ints, &wide, 1)|(void)chan_recv_for(ints, &i, 1)|incompatible pointer
chan_select(on_recv(ints, &wide))|chan_select(on_recv(ints, &i))|incompatible pointer
chan_select(on_recv_ok(ints, &i, &i))|chan_select(on_recv_ok(ints, &i, &(bool){0}))|incompatible pointer
ints = longs|ints = ints|incompatible pointer
ints = chan_make(long, 1)|ints = chan_make(int, 1)|incompatible pointer
ints = nothing|ints = NULL|incompatible pointer
of_ints(longs)|of_ints(ints)|incompatible pointer
chan_send(chans, longs)|chan_send(chans, ints)|incompatible pointer
chan_send(chans, 5)|chan_send(chans, NULL)|makes pointer from integer|incompatible
chan_recv(chans, &longs)|chan_recv(chans, &ints)|incompatible pointer
chan_recv(ints)|chan_recv(ints, NULL)|requires 2 arguments|too few arguments
chan_recv(nothing, &i)|chan_recv(nothing, NULL)|incompatible pointer|returned a value
(void)chan_try_send(ints, text)|(void)chan_try_send(ints, *text)|makes integer from pointer|incompatible
(void)chan_try_send(nothing, 1)|(void)chan_try_send(nothing)|a value to send is missing, or sent to a chan\(void\)
(void)chan_try_recv(ints, i)|(void)chan_try_recv(ints, &i)|makes pointer from integer|incompatible
(void)chan_try_recv(points, &other)|(void)chan_try_recv(points, NULL)|incompatible pointer
(void)chan_send_for(ints, text, ms(1))|(void)chan_send_for(ints, *text, ms(1))|makes integer from pointer|incompatible
(void)chan_send_for(ints, 1, text)|(void)chan_send_for(ints, 1, wide)|makes integer from pointer|incompatible
(void)chan_recv_for(ints, &i, text)|(void)chan_recv_for(ints, &i, wide)|makes integer from pointer|incompatible
(void)chan_recv_for(ints, &i)|(void)chan_recv_for(ints, &i, 1)|requires 3 arguments|too few arguments
chan_select(on_send(ints, text))|chan_select(on_send(ints, *text))|makes integer from pointer|incompatible
chan_select(on_send(nothing, 1))|chan_select(on_send(nothing))|a value to send is missing, or sent to a chan\(void\)
chan_select(on_send_from(ints, i))|chan_select(on_send_from(ints, &i))|makes pointer from integer|incompatible
chan_select(on_send_from(ints, &wide))|chan_select(on_send_from(ints, &i))|incompatible pointer
chan_select(on_recv(points, &other))|chan_select(on_recv(points, &point))|incompatible pointer
chan_select(on_recv_ok(ints, &wide, NULL))|chan_select(on_recv_ok(ints, &i, NULL))|incompatible pointer
chan_select(on_recv(i, &i))|chan_select(on_recv(ints, &i))|invalid type argument|indirection requires pointer
chan_select(on_send(ip, 1))|chan_select(on_send(ints, 1))|invalid type argument|indirection requires pointer
chan_try_select(on_recv(ints, &wide))|chan_try_select(on_recv(ints, &i))|incompatible pointer
chan_try_select(on_send(points, 5))|chan_try_select(on_send(points, point))|incompatible
chan_select_for(ms(1), on_recv(ints, &wide))|chan_select_for(ms(1), on_recv(ints, &i))|incompatible pointer
chan_select_for(text, on_recv(ints, &i))|chan_select_for(wide, on_recv(ints, &i))|makes integer from pointer|incompatible
chan_select(text)|chan_select(on_recv(ints, &i))|makes pointer from integer|incompatible
cases[0] = on_send_from(points, &other)|cases[0] = on_send_from(points, &point)|incompatible pointer
chan_select_array(&i, 1, 0)|chan_select_array(cases, 1, 0)|incompatible pointer
(void)chan_len(i)|(void)chan_len(ints)|invalid type argument|indirection requires pointer
(void)chan_cap(ip)|(void)chan_cap(ints)|invalid type argument|indirection requires pointer
chan_free(&point)|chan_free(points)|invalid type argument|indirection requires pointer
chan_make(int, text)|chan_make(int, 1)|makes integer from pointer|incompatible
chan_try_make(three, 1)|chan_try_make(int, 3)|returning an array|array type
ints = chan_try_make(long, 1)|ints = chan_try_make(int, 1)|incompatible pointer
CHAN_STATIC(s, int, 1); longs = s|CHAN_STATIC(s, int, 1); ints = s|incompatible pointer
chan_free(i)|chan_free(ints)|invalid type argument|indirection requires pointer
chan_close(ip)|chan_close(ints)|invalid type argument|indirection requires pointer
chan_make(three, 1)|chan_make(int, 3)|returning an array|array type
chan_make(struct large, 1)|chan_make(struct largest, 1)|an element has at most 256 bytes
chan_try_make(struct large, 1)|chan_try_make(struct largest, 1)|an element has at most 256 bytes
CHAN_STATIC(s, struct large, 1)|CHAN_STATIC(s, struct largest, 1); (void)s|an element has at most 256 bytes
go(of_int, 1.5)|go(of_int, 1)|go: a floating-point argument does not fit a general register, use go_copy
go(of_double, real)|go(of_int, i)|go: a floating-point argument does not fit
go(of_double, 1.0f)|go(of_int, 1)|go: a floating-point argument does not fit
go(of_double, 1)|go(of_int, 1)|not_for_a_floating_point_parameter_use_go_copy|float-conversion
go(of_double, i)|go(of_int, i)|not_for_a_floating_point_parameter_use_go_copy|float-conversion
go(of_float_and_int, 1, 2)|go(of_int, 1)|not_for_a_floating_point_parameter_use_go_copy|float-conversion
(void)go_try(of_int_and_double, 1, 2)|(void)go_try(of_int, 1)|not_for_a_floating_point_parameter_use_go_copy|float-conversion
wg_go(&wg, of_double, 1)|wg_go(&wg, of_int, 1)|not_for_a_floating_point_parameter_use_go_copy|float-conversion
go_with(go_attr(.stack = 4096), of_double, 1)|go_with(go_attr(.stack = 4096), of_int, 1)|not_for_a_floating_point_parameter_use_go_copy|float-conversion
go(of_five, 1, 2, 3, 4, 5)|go(of_four, 1, 2, NULL, 4)|go: at most 4 arguments, use go_copy
go(of_long_long, longest)|go(of_int, (int)longest)|go: an argument has at most 8 bytes, use go_copy
go(of_wide, big)|go_copy(of_point, point)|go: an argument must be an integer or a pointer, use go_copy or a pointer
go(of_struct, point)|go_copy(of_point, point)|go: an argument must be an integer or a pointer
go(of_number, number)|go(of_int, (int)number.d)|go: an argument must be an integer or a pointer
go(of_either, either)|go(of_int, either.i)|go: an argument must be an integer or a pointer
(void)go_try(of_number, number)|(void)go_try(of_int, i)|go: an argument must be an integer or a pointer
wg_go(&wg, of_number, number)|wg_go(&wg, of_int, i)|go: an argument must be an integer or a pointer
go_with(go_attr(.core = 0), of_number, number)|go_with(go_attr(.core = 0), of_int, i)|go: an argument must be an integer or a pointer
go(make_large, 1)|go(of_int, 1)|go: a function that returns so large a struct cannot be started
go_copy(of_page, page)|go_copy(of_point, point)|go_copy: too large, pass a pointer
go_copy(make_more, point)|go_copy(of_point, point)|go: a function that returns so large a struct cannot be started
go(of_complex, turn)|go(of_int, i)|go: a floating-point argument does not fit
go(of_complex, 1)|go(of_int, 1)|not_for_a_floating_point_parameter_use_go_copy|float-conversion
go(of_four, 1, 2, NULL)|go(of_four, 1, 2, NULL, 3)|too few arguments
go(of_int)|go(of_int, 1)|too few arguments
go(none, 1)|go(none)|too many arguments
go(of_point, &other)|go(of_point, &point)|incompatible pointer
go(of_point, 5)|go(of_point, NULL)|makes pointer from integer|incompatible
go(of_int, ip)|go(of_int, *ip)|makes integer from pointer|incompatible
go(of_ints, longs)|go(of_ints, ints)|incompatible pointer
go(i)|go(none)|invalid type argument|indirection requires pointer
(void)go_try(of_point, &other)|(void)go_try(of_point, &point)|incompatible pointer
(void)go_try(of_int, ip)|(void)go_try(of_int, *ip)|makes integer from pointer|incompatible
(void)go_try(of_int, 1.5)|(void)go_try(of_int, 1)|go: a floating-point argument does not fit
(void)go_try(of_four, 1, 2, NULL)|(void)go_try(of_four, 1, 2, NULL, 3)|too few arguments
go_with(go_attr(.core = 0), of_point, &other)|go_with(go_attr(.core = 0), of_point, &point)|incompatible pointer
go_with(go_attr(.core = 0), of_five, 1, 2, 3, 4, 5)|go_with(go_attr(.core = 0), of_int, 1)|go: at most 4 arguments, use go_copy
go_with(go_attr(.name = 5), none)|go_with(go_attr(.name = "5"), none)|makes pointer from integer|incompatible
wg_go(&wg, of_point, &other)|wg_go(&wg, of_point, &point)|incompatible pointer
wg_go(&wg, of_five, 1, 2, 3, 4, 5)|wg_go(&wg, of_int, 1)|go: at most 4 arguments, use go_copy
go_copy(of_int, point)|go_copy(of_point, point)|makes integer from pointer|incompatible
once_do(&once, of_int)|once_do(&once, none)|incompatible
timer_after(&timer, 1, none, NULL)|timer_after(&timer, 1, free_it, NULL)|incompatible
timer_reset(&mutex, 1)|timer_reset(&timer, 1)|incompatible pointer
mutex_lock(&wg)|mutex_lock(&mutex)|incompatible pointer
wg_go(&i, none)|wg_go(&wg, none)|incompatible pointer
go_copy(of_point, other)|go_copy(of_point, point)|incompatible pointer
END
flags="-std=gnu11 -ffreestanding -Wall -Wextra -Wno-unused-value -I kernel/include -c -o $dir/case.o $dir/case.c"
tried=0 failed=0

define() # name statement
{
	printf 'void %s(void);\nvoid %s(void)\n{\n\t%s;\n}\n' "$1" "$1" "$2"
}

compile()
{
	{ cat "$dir/head.c"; define test "$1"; } >"$dir/case.c"
	$cc $flags >"$dir/log" 2>&1
}

# All that is right, in one file: a line of the log names what does not compile.
compile_right()
{
	cat "$dir/head.c"
	while IFS='|' read -r bad good message; do
		n=$((n + 1))
		define test$n "$good"
	done <"$dir/cases"
}

complain()
{
	failed=$((failed + 1))
	echo "$cc: $1"
	sed 's/^/	/' "$dir/log" | head -n 12
}

for cc in aarch64-linux-gnu-gcc riscv64-unknown-elf-gcc "clang --target=aarch64-linux-gnu"; do
	command -v ${cc%% *} >/dev/null || continue
	while IFS='|' read -r bad good message; do
		tried=$((tried + 1))
		if compile "$bad"; then
			complain "compiles and must not: $bad"
		elif ! grep -Eiq "(error|note):.*($message)" "$dir/log"; then
			complain "another message than '$message': $bad"
		fi
	done <"$dir/cases"
	compile_right >"$dir/case.c"
	$cc $flags >"$dir/log" 2>&1 || complain "must compile"
done

# In C++ the macro that is C alone is one error, a sentence. What else C++ must refuse: compile_clean.
for cc in riscv64-unknown-elf-g++ g++ "clang++ --target=aarch64-linux-gnu"; do
	command -v ${cc%% *} >/dev/null || continue
	tried=$((tried + 1))
	printf '#include <skein.h>\nCHAN_STATIC(c, int, 1);\n' >"$dir/case.cc"
	$cc -std=gnu++17 -ffreestanding -I kernel/include -c -o "$dir/case.o" "$dir/case.cc" >"$dir/log" 2>&1 &&
		complain "compiles as C++ and must not: CHAN_STATIC"
	grep 'error:' "$dir/log" | grep -vq 'CHAN_STATIC is for C files' && complain "another error in C++: CHAN_STATIC"
done
echo "$tried cases, $failed failures"
test $tried -ge 100 -a $failed = 0

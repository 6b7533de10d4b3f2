/* What g++ calls and the C library has not: new and delete, the guards of static variables in
 * functions, and the end of a pure virtual call. The names are those of the Itanium C++ ABI, which
 * the ARM ABI shares but for the size of a guard.
 *
 * A static variable in a function is made by the first goroutine that comes to it. Others wait until
 * it is made, and so does a goroutine that comes there while it makes it: a deadlock, which C++ does
 * not allow either. One that waits does so on `made`, which serves all guards, because two
 * goroutines seldom meet here.
 *
 * Orders
 *   V1 acquire  done in __cxa_guard_acquire  <- V2  the variable as it was made
 *   V2 release  done in __cxa_guard_release  -> V1  also the compiler's own look at the byte */
#include <stdlib.h>
#include "base/atomic.h"
#include "base/panic.h"
#include "skein.h"

/* Destructors stand in the list of atexit, by the address of the image that they are of. There is
 * one image. */
void *__dso_handle __attribute__((visibility("hidden")));
int __cxa_atexit(void (*destructor)(void *), void *object, void *image);
int __register_exitproc(int kind, void (*f)(void), void *arg, void *image);
#define EXIT_CXX 2 /* newlib's __et_cxa */
/* The list needs it for a destructor's object, and refers to it weakly. */
extern char __on_exit_args[];
const void *const cxx_needs = __on_exit_args;

struct guard {
	uint8_t done;  /* atomic: V1 V2 */
	uint8_t begun; /* guarded by lock */
};
static struct mutex lock;
static struct cond made;

int __cxa_guard_acquire(struct guard *guard);
void __cxa_guard_release(struct guard *guard);
void __cxa_pure_virtual(void);

/* Returns 1 to the goroutine that is to make the variable.
 * Context: goroutine; may park. */
int __cxa_guard_acquire(struct guard *guard)
{
	bool first;

	if (load_acquire(&guard->done)) /* V1 */
		return 0;
	mutex_lock(&lock);
	while (guard->begun && !guard->done)
		cond_wait(&made, &lock);
	first = !guard->done;
	guard->begun = 1;
	mutex_unlock(&lock);
	return first;
}

/* Context: goroutine; may park. */
void __cxa_guard_release(struct guard *guard)
{
	mutex_lock(&lock);
	store_release(&guard->done, 1); /* V2 */
	mutex_unlock(&lock);
	cond_broadcast(&made);
}

/* newlib's own drops the destructor when the program calls no atexit: it refers to the list weakly.
 * Context: goroutine; may park. */
int __cxa_atexit(void (*destructor)(void *), void *object, void *image)
{
	int failed = __register_exitproc(EXIT_CXX, (void (*)(void))destructor, object, image);

	assert_that(!failed, "C++: no memory to note a destructor: give the board more RAM (MEM=)");
	return 0;
}

/* Context: any. */
void __cxa_pure_virtual(void)
{
	panic("C++: a pure virtual function was called: an object is used before its constructor, "
	      "or after its destructor, has run");
}

/* The mangled names: m is size_t of 64 bits, j of 32. */
#if __SIZEOF_SIZE_T__ == 8
#define SIZE "m"
#else
#define SIZE "j"
#endif
#define NAMED(name) __asm__(name)
#define ALIGNED "St11align_val_t"
#define NOTHROW "RKSt9nothrow_t"

const char nothrow NAMED("_ZSt7nothrow") = 0;

void *new_one(size_t) NAMED("_Znw" SIZE), *new_array(size_t) NAMED("_Zna" SIZE);
void *new_aligned(size_t, size_t) NAMED("_Znw" SIZE ALIGNED),
    *new_array_aligned(size_t, size_t) NAMED("_Zna" SIZE ALIGNED);
void *try_one(size_t, const void *) NAMED("_Znw" SIZE NOTHROW),
    *try_array(size_t, const void *) NAMED("_Zna" SIZE NOTHROW);
void *try_aligned(size_t, size_t, const void *) NAMED("_Znw" SIZE ALIGNED NOTHROW),
    *try_array_aligned(size_t, size_t, const void *) NAMED("_Zna" SIZE ALIGNED NOTHROW);

/* A size of 0 has an address of its own too. */
static void *allocate(size_t size, size_t align)
{
	if (!size)
		size = 1;
	return align ? aligned_alloc(align, (size + align - 1) & ~(align - 1)) : malloc(size);
}

static void *allocate_or_panic(size_t size, size_t align)
{
	void *p = allocate(size, align);

	assert_that(p,
	            "C++: no memory for new of %zu bytes: give the board more RAM (MEM=), or use "
	            "new (std::nothrow)",
	            size);
	return p;
}

/* Context: goroutine; may park. So are all that follow. */
void *new_one(size_t size)
{
	return allocate_or_panic(size, 0);
}

/* Context: as new_one. */
void *new_array(size_t size)
{
	return allocate_or_panic(size, 0);
}

/* Context: as new_one. */
void *new_aligned(size_t size, size_t align)
{
	return allocate_or_panic(size, align);
}

/* Context: as new_one. */
void *new_array_aligned(size_t size, size_t align)
{
	return allocate_or_panic(size, align);
}

/* Context: as new_one. */
void *try_one(size_t size, const void *unused)
{
	(void)unused;
	return allocate(size, 0);
}

/* Context: as new_one. */
void *try_array(size_t size, const void *unused)
{
	(void)unused;
	return allocate(size, 0);
}

/* Context: as new_one. */
void *try_aligned(size_t size, size_t align, const void *unused)
{
	(void)unused;
	return allocate(size, align);
}

/* Context: as new_one. */
void *try_array_aligned(size_t size, size_t align, const void *unused)
{
	(void)unused;
	return allocate(size, align);
}

/* All forms of delete are free: sizes, alignments and nothrow tell it nothing that it needs. */
#define DELETE(name, mangled)              \
	void name(void *p) NAMED(mangled); \
	void name(void *p)                 \
	{                                  \
		free(p);                   \
	}
DELETE(delete_one, "_ZdlPv")
DELETE(delete_array, "_ZdaPv")
DELETE(delete_sized, "_ZdlPv" SIZE)
DELETE(delete_array_sized, "_ZdaPv" SIZE)
DELETE(delete_aligned, "_ZdlPv" ALIGNED)
DELETE(delete_array_aligned, "_ZdaPv" ALIGNED)
DELETE(delete_sized_aligned, "_ZdlPv" SIZE ALIGNED)
DELETE(delete_array_sized_aligned, "_ZdaPv" SIZE ALIGNED)
DELETE(delete_nothrow, "_ZdlPv" NOTHROW)
DELETE(delete_array_nothrow, "_ZdaPv" NOTHROW)
DELETE(delete_aligned_nothrow, "_ZdlPv" ALIGNED NOTHROW)
DELETE(delete_array_aligned_nothrow, "_ZdaPv" ALIGNED NOTHROW)

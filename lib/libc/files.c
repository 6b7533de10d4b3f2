/* Files: 0, 1 and 2 are the console, the rest are the host's, by semihosting. Without a host
 * every open fails.
 *
 * open does what POSIX says, out of the host's modes, which are those of fopen: none of them
 * writes a file that exists without reading it, empties only what exists, or creates only what does
 * not. So a file that may be there is looked for first. The lock `host` is held over the look and
 * what follows from it: of two goroutines that create a file exclusively one succeeds. Another
 * program of the host may come between. Each read and write moves its descriptor's position under
 * the same lock, and one that appends finds the end under it. */
#include <errno.h>
#include <fcntl.h>
#include <reent.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>
#include "arch.h"
#include "libc.h"
#include "report/console.h"
#include "memory/mem.h"
#include "base/panic.h"
#include "skein.h"

enum {
	SYS_OPEN = 1,
	SYS_CLOSE,
	SYS_WRITE = 5,
	SYS_READ,
	SYS_SEEK = 10,
	SYS_FLEN = 12,
	SYS_REMOVE = 14,
	SYS_RENAME,
	SYS_ERRNO = 0x13
};
/* Of semihosting; fopen calls them rb, r+b, wb, w+b, ab, a+b. */
enum mode { READ = 1, UPDATE = 3, CREATE = 5, CREATE_UPDATE = 7, APPEND = 9, APPEND_UPDATE = 11 };
enum { FIRST = 3, FILES = 64 };

static struct file {
	bool open;
	int flags; /* as open was given them */
	long handle;
	long position;
} files[FILES];

static struct mutex host; /* guards files, and the host's errno from the call that sets it */
static struct mutex console;

/* Under the lock. */
static long ask(long operation, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
	uintptr_t block[4] = {a, b, c, d};

	return arch_semihost(operation, block);
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* Why the host's last call failed. Its numbers are those of Unix, which newlib has up to 34; two
 * of Linux's further ones matter to an open. A host that does not say: `otherwise`.
 * Under the lock. */
static int fail_as_host(int otherwise)
{
	enum { LINUX_ENAMETOOLONG = 36, LINUX_ELOOP = 40 };
	long error = ask(SYS_ERRNO, 0, 0, 0, 0);

	if (error == LINUX_ENAMETOOLONG)
		return fail(ENAMETOOLONG);
	if (error == LINUX_ELOOP)
		return fail(ELOOP);
	return fail(error > 0 && error <= ERANGE ? error : otherwise);
}

/* Under the lock, as is whatever has a struct file. */
static struct file *file_of(int fd)
{
	if (fd >= FIRST && fd < FIRST + FILES && files[fd - FIRST].open)
		return &files[fd - FIRST];
	errno = EBADF;
	return 0;
}

static bool is_console(int fd)
{
	return fd >= 0 && fd < FIRST;
}

/* What the host is to do for these flags when the file is there, or is not. */
static enum mode mode_of(int flags, bool there)
{
	int access = flags & O_ACCMODE;

	if (there && access == O_RDONLY)
		return READ;
	if (!there || flags & O_TRUNC)
		return access == O_WRONLY ? CREATE : CREATE_UPDATE;
	if (flags & O_APPEND)
		return access == O_WRONLY ? APPEND : APPEND_UPDATE;
	return UPDATE;
}

static long open_as(const char *path, enum mode mode)
{
	long handle = ask(SYS_OPEN, (uintptr_t)path, mode, strlen(path), 0);

	return handle < 0 ? fail_as_host(ENOENT) : handle;
}

/* Is the file there? One that may not be read counts too: the host says so. Leaves errno alone. */
static bool look(const char *path)
{
	int before = errno;
	long handle = open_as(path, READ);
	bool there = handle >= 0 || errno != ENOENT;

	if (handle >= 0)
		ask(SYS_CLOSE, handle, 0, 0, 0);
	errno = before;
	return there;
}

static long open_host(const char *path, int flags)
{
	bool there = true;

	if ((flags & O_ACCMODE) == O_ACCMODE)
		return fail(EINVAL);
	if (flags & (O_CREAT | O_TRUNC | O_APPEND))
		there = look(path);
	if (there && flags & O_CREAT && flags & O_EXCL)
		return fail(EEXIST);
	if (!there && !(flags & O_CREAT))
		return fail(ENOENT);
	return open_as(path, mode_of(flags, there));
}

int _open(const char *path, int flags, int mode)
{
	int i = 0;

	(void)mode;
	mutex_lock(&host);
	while (i < FILES && files[i].open)
		i++;
	if (i < FILES) {
		files[i] = (struct file){.flags = flags, .handle = open_host(path, flags)};
		files[i].open = files[i].handle >= 0;
		i = files[i].open ? FIRST + i : -1;
	} else {
		i = fail(EMFILE);
	}
	mutex_unlock(&host);
	return i;
}

static int close_file(struct file *f)
{
	if (!f)
		return -1;
	f->open = false;
	return ask(SYS_CLOSE, f->handle, 0, 0, 0) ? fail_as_host(EIO) : 0;
}

int _close(int fd)
{
	int r;

	if (is_console(fd))
		return 0;
	mutex_lock(&host);
	r = close_file(file_of(fd));
	mutex_unlock(&host);
	return r;
}

/* Semihosting tells an error from the end of the file in no other way than that there is more of
 * it: a directory too opens, has a size, and reads nothing. What has no size, as a pipe, ends
 * where it fails. */
static bool unreadable(const struct file *f)
{
	return f->position < ask(SYS_FLEN, f->handle, 0, 0, 0);
}

static int read_file(struct file *f, void *to, size_t n)
{
	long left;

	if (!f)
		return -1;
	if ((f->flags & O_ACCMODE) == O_WRONLY)
		return fail(EBADF);
	left = ask(SYS_READ, f->handle, (uintptr_t)to, n, 0);
	if (left < 0 || left > (long)n || (n && left == (long)n && unreadable(f)))
		return fail(EIO);
	f->position += n - left;
	return n - left;
}

int _read(int fd, void *to, size_t n)
{
	int r;

	if (is_console(fd))
		return fd == 0 ? libc_input(to, n) : 0;
	mutex_lock(&host);
	r = read_file(file_of(fd), to, n);
	mutex_unlock(&host);
	return r;
}

static off_t seek_file(struct file *f, off_t offset, int whence)
{
	long to = offset;

	if (!f)
		return -1;
	if (whence == SEEK_CUR)
		to += f->position;
	else if (whence == SEEK_END)
		to += ask(SYS_FLEN, f->handle, 0, 0, 0);
	else if (whence != SEEK_SET)
		return fail(EINVAL);
	if (to < 0 || ask(SYS_SEEK, f->handle, to, 0, 0))
		return fail(EINVAL);
	return f->position = to;
}

off_t _lseek(int fd, off_t offset, int whence)
{
	off_t r;

	if (is_console(fd))
		return fail(ESPIPE);
	mutex_lock(&host);
	r = seek_file(file_of(fd), offset, whence);
	mutex_unlock(&host);
	return r;
}

static int write_file(struct file *f, const void *from, size_t n)
{
	long left;

	if (!f)
		return -1;
	if ((f->flags & O_ACCMODE) == O_RDONLY)
		return fail(EBADF);
	/* QEMU's host would write where it stands. */
	if (f->flags & O_APPEND && seek_file(f, 0, SEEK_END) < 0)
		return -1;
	left = ask(SYS_WRITE, f->handle, (uintptr_t)from, n, 0);
	if (left < 0 || left > (long)n || (n && left == (long)n))
		return fail(ENOSPC); /* QEMU's host says why of no write */
	f->position += n - left;
	return n - left;
}

static int write_console(const void *from, size_t n)
{
	mutex_lock(&console);
	console_write(from, n);
	mutex_unlock(&console);
	return n;
}

int _write(int fd, const void *from, size_t n)
{
	int r;

	if (is_console(fd))
		return write_console(from, n);
	mutex_lock(&host);
	r = write_file(file_of(fd), from, n);
	mutex_unlock(&host);
	return r;
}

static int stat_file(const struct file *f, struct stat *st)
{
	if (!f)
		return -1;
	st->st_mode = S_IFREG | 0666;
	st->st_size = ask(SYS_FLEN, f->handle, 0, 0, 0);
	st->st_blksize = 4096;
	return 0;
}

int _fstat(int fd, struct stat *st)
{
	int r;

	memset(st, 0, sizeof(*st));
	if (is_console(fd)) {
		st->st_mode = S_IFCHR | 0666;
		return 0;
	}
	mutex_lock(&host);
	r = stat_file(file_of(fd), st);
	mutex_unlock(&host);
	return r;
}

int _stat(const char *path, struct stat *st)
{
	int fd = _open(path, O_RDONLY, 0), r;

	if (fd < 0)
		return -1;
	r = _fstat(fd, st);
	_close(fd);
	return r;
}

int _isatty(int fd)
{
	bool open;

	if (is_console(fd))
		return 1;
	mutex_lock(&host);
	open = file_of(fd);
	mutex_unlock(&host);
	if (open)
		errno = ENOTTY;
	return 0;
}

/* A call that names files, and what comes of it. */
static int ask_names(long operation, const char *a, const char *b)
{
	int r = 0;

	mutex_lock(&host);
	if (ask(operation, (uintptr_t)a, strlen(a), (uintptr_t)b, strlen(b)))
		r = fail_as_host(ENOENT);
	mutex_unlock(&host);
	return r;
}

int _unlink(const char *path)
{
	return ask_names(SYS_REMOVE, path, "");
}

/* Not _rename: newlib would make a link and remove the old name, and the host knows no links. */
int _rename_r(struct _reent *r, const char *from, const char *to)
{
	(void)r;
	return ask_names(SYS_RENAME, from, to);
}

int _link(const char *from, const char *to)
{
	(void)from, (void)to;
	return fail(EMLINK);
}

static void *heap_grow(ptrdiff_t n)
{
	unsigned long was = arch_irq_off();
	void *old = mem_grow(n);

	arch_irq_restore(was);
	return old;
}

void *_sbrk(ptrdiff_t n)
{
	void *old = heap_grow(n);

	if (!old && n > 0) {
		mem_reclaim();
		old = heap_grow(n);
	}
	if (old)
		return old;
	errno = ENOMEM;
	return (void *)-1;
}

int _gettimeofday(struct timeval *t, void *zone)
{
	go_time now = go_now();

	(void)zone;
	t->tv_sec = now / sec(1);
	t->tv_usec = now % sec(1) / us(1);
	return 0;
}

clock_t _times(struct tms *t)
{
	clock_t ticks = go_now() / (sec(1) / CLOCKS_PER_SEC);

	*t = (struct tms){.tms_utime = ticks};
	return ticks;
}

int _getpid(void)
{
	return 1;
}

int _kill(int pid, int signal)
{
	(void)pid;
	panic("C library: abort or raise of signal %d", signal);
}

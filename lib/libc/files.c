/* Files: 0, 1 and 2 are the console, the rest are the host's, by semihosting. Without a host
 * every open fails. */
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
#include "board.h"
#include "mem.h"
#include "panic.h"
#include "skein.h"

enum {
	SYS_OPEN = 1,
	SYS_CLOSE,
	SYS_WRITE = 5,
	SYS_READ,
	SYS_SEEK = 10,
	SYS_FLEN = 12,
	SYS_REMOVE = 14,
	SYS_RENAME
};
enum { FIRST = 3, FILES = 64 };

static struct file {
	bool open;
	long handle;
	long position;
	bool append;
} files[FILES];

static struct mutex table; /* guards `open` */
static struct mutex console;

static long host(long operation, uintptr_t a, uintptr_t b, uintptr_t c)
{
	uintptr_t block[3] = {a, b, c};

	return arch_semihost(operation, block);
}

static int fail(int error)
{
	errno = error;
	return -1;
}

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

/* Semihosting's modes are those of fopen, numbered: r rb r+ r+b w wb w+ w+b a ab a+ a+b. */
static int mode_of(int flags)
{
	int update = (flags & O_ACCMODE) == O_RDWR ? 2 : 0;

	if (flags & O_APPEND)
		return 9 + update;
	if (flags & O_TRUNC)
		return 5 + update;
	return (flags & O_ACCMODE) == O_RDONLY ? 1 : 3;
}

/* The host knows no exclusive creation, nor creation without truncation of what is not there. */
static long open_host(const char *path, int flags)
{
	size_t n = strlen(path);
	long handle = -1;

	if (!(flags & O_CREAT) || (flags & O_TRUNC) == 0)
		handle = host(SYS_OPEN, (uintptr_t)path, flags & O_EXCL ? 1 : mode_of(flags), n);
	if (handle >= 0 && flags & O_CREAT && flags & O_EXCL) {
		host(SYS_CLOSE, handle, 0, 0);
		return fail(EEXIST);
	}
	if (handle < 0 && flags & O_CREAT)
		handle = host(SYS_OPEN, (uintptr_t)path, mode_of(flags | O_TRUNC), n);
	return handle < 0 ? fail(ENOENT) : handle;
}

int _open(const char *path, int flags, int mode)
{
	int i = 0;

	(void)mode;
	mutex_lock(&table);
	while (i < FILES && files[i].open)
		i++;
	if (i < FILES)
		files[i].open = true;
	mutex_unlock(&table);
	if (i == FILES)
		return fail(EMFILE);
	files[i].handle = open_host(path, flags);
	files[i].position = 0;
	files[i].append = flags & O_APPEND;
	if (files[i].handle < 0) {
		files[i].open = false;
		return -1;
	}
	return FIRST + i;
}

int _close(int fd)
{
	struct file *f = file_of(fd);
	long r;

	if (is_console(fd))
		return 0;
	if (!f)
		return -1;
	r = host(SYS_CLOSE, f->handle, 0, 0);
	f->open = false;
	return r ? fail(EIO) : 0;
}

/* Semihosting tells an error from the end of the file in no other way than that there is more of
 * it: a directory too opens, has a size, and reads nothing. What has no size, as a pipe, ends
 * where it fails. */
static bool unreadable(const struct file *f)
{
	return f->position < host(SYS_FLEN, f->handle, 0, 0);
}

int _read(int fd, void *to, size_t n)
{
	struct file *f;
	long left;

	if (is_console(fd))
		return 0; /* the contract has no input */
	f = file_of(fd);
	if (!f)
		return -1;
	left = host(SYS_READ, f->handle, (uintptr_t)to, n);
	if (left < 0 || left > (long)n || (n && left == (long)n && unreadable(f)))
		return fail(EIO);
	f->position += n - left;
	return n - left;
}

off_t _lseek(int fd, off_t offset, int whence)
{
	struct file *f;
	long to = offset;

	if (is_console(fd))
		return fail(ESPIPE);
	f = file_of(fd);
	if (!f)
		return -1;
	if (whence == SEEK_CUR)
		to += f->position;
	else if (whence == SEEK_END)
		to += host(SYS_FLEN, f->handle, 0, 0);
	if (to < 0 || host(SYS_SEEK, f->handle, to, 0))
		return fail(EINVAL);
	return f->position = to;
}

int _write(int fd, const void *from, size_t n)
{
	struct file *f;
	long left;

	if (is_console(fd)) {
		mutex_lock(&console);
		board_console_write(from, n);
		mutex_unlock(&console);
		return n;
	}
	f = file_of(fd);
	if (!f)
		return -1;
	if (f->append && _lseek(fd, 0, SEEK_END) < 0) /* QEMU's host would write where it stands */
		return -1;
	left = host(SYS_WRITE, f->handle, (uintptr_t)from, n);
	if (left < 0 || left > (long)n || (n && left == (long)n))
		return fail(ENOSPC);
	f->position += n - left;
	return n - left;
}

int _fstat(int fd, struct stat *st)
{
	struct file *f;

	memset(st, 0, sizeof(*st));
	if (is_console(fd)) {
		st->st_mode = S_IFCHR | 0666;
		return 0;
	}
	f = file_of(fd);
	if (!f)
		return -1;
	st->st_mode = S_IFREG | 0666;
	st->st_size = host(SYS_FLEN, f->handle, 0, 0);
	st->st_blksize = 4096;
	return 0;
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
	return is_console(fd) ? 1 : fail(ENOTTY);
}

int _unlink(const char *path)
{
	return host(SYS_REMOVE, (uintptr_t)path, strlen(path), 0) ? fail(ENOENT) : 0;
}

/* Not _rename: newlib would make a link and remove the old name, and the host knows no links. */
int _rename_r(struct _reent *r, const char *from, const char *to)
{
	uintptr_t block[4] = {(uintptr_t)from, strlen(from), (uintptr_t)to, strlen(to)};

	(void)r;
	return arch_semihost(SYS_RENAME, block) ? fail(ENOENT) : 0;
}

int _link(const char *from, const char *to)
{
	(void)from, (void)to;
	return fail(EMLINK);
}

void *_sbrk(ptrdiff_t n)
{
	unsigned long was = arch_irq_off();
	void *old = mem_grow(n);

	arch_irq_restore(was);
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

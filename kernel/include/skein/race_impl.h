/* In a program that is watched for races (make RACE=1) the fast paths of package sync are the
 * detector's, which call those of sync_impl.h and tell what they order (lib/race/api.c). */
#ifndef SKEIN_RACE_IMPL_H
#define SKEIN_RACE_IMPL_H

void raced_mutex_lock(struct mutex *);
bool raced_mutex_try_lock(struct mutex *);
void raced_mutex_unlock(struct mutex *);
void raced_once_do(struct once *, void (*f)(void));
void raced_rwmutex_rlock(struct rwmutex *);
bool raced_rwmutex_try_rlock(struct rwmutex *);
void raced_rwmutex_runlock(struct rwmutex *);
void raced_sema_acquire(struct sema *, uint32_t n);
bool raced_sema_try_acquire(struct sema *, uint32_t n);
void raced_sema_release(struct sema *, uint32_t n);

static inline bool mutex_try_lock(struct mutex *m)
{
	return raced_mutex_try_lock(m);
}

static inline void mutex_lock(struct mutex *m)
{
	raced_mutex_lock(m);
}

static inline void mutex_unlock(struct mutex *m)
{
	raced_mutex_unlock(m);
}

static inline void once_do(struct once *o, void (*f)(void))
{
	raced_once_do(o, f);
}

static inline void rwmutex_rlock(struct rwmutex *rw)
{
	raced_rwmutex_rlock(rw);
}

static inline bool rwmutex_try_rlock(struct rwmutex *rw)
{
	return raced_rwmutex_try_rlock(rw);
}

static inline void rwmutex_runlock(struct rwmutex *rw)
{
	raced_rwmutex_runlock(rw);
}

static inline bool sema_try_acquire(struct sema *s, uint32_t n)
{
	return raced_sema_try_acquire(s, n);
}

static inline void sema_acquire(struct sema *s, uint32_t n)
{
	raced_sema_acquire(s, n);
}

static inline void sema_release(struct sema *s, uint32_t n)
{
	raced_sema_release(s, n);
}

#endif

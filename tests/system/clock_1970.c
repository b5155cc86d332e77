// Preloaded into a process, its clock on the wall says January 1970. The kernel's does not, so
// deadlines on that clock are translated; those on other clocks pass as they are.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const time_t AHEAD = 20 * 86400;  // of the time since boot: the two can be told apart

static time_t kernel_s(clockid_t which) {
  struct timespec now;
  syscall(SYS_clock_gettime, which, &now);
  return now.tv_sec;
}

int clock_gettime(clockid_t which, struct timespec* now) {
  const int wall = which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE;
  const int failed = (int)syscall(SYS_clock_gettime, wall ? CLOCK_BOOTTIME : which, now);
  if (wall) now->tv_sec += AHEAD;
  return failed;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  now->tv_sec = at.tv_sec;
  now->tv_usec = at.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* now) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  if (now) *now = at.tv_sec;
  return at.tv_sec;
}

static struct timespec translated(const struct timespec* until) {
  struct timespec at = *until;
  const time_t boot = kernel_s(CLOCK_BOOTTIME);
  if (at.tv_sec - boot > AHEAD / 2) at.tv_sec += kernel_s(CLOCK_REALTIME) - boot - AHEAD;
  return at;
}

int pthread_cond_timedwait(pthread_cond_t* restrict condition, pthread_mutex_t* restrict mutex,
                           const struct timespec* restrict until) {
  static int (*next)(pthread_cond_t*, pthread_mutex_t*, const struct timespec*);
  if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  const struct timespec at = translated(until);
  return next(condition, mutex, &at);
}

int sem_timedwait(sem_t* restrict semaphore, const struct timespec* restrict until) {
  static int (*next)(sem_t*, const struct timespec*);
  if (!next) next = dlsym(RTLD_NEXT, "sem_timedwait");
  const struct timespec at = translated(until);
  return next(semaphore, &at);
}

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The ThreadSanitizer of g++ 12 and clang 14 does not know pthread_mutex_clocklock() and would take
// everything under the control lock for a race; it knows pthread_mutex_timedlock().

#include <ctime>
#include <pthread.h>

#if defined(__SANITIZE_THREAD__)
#define UNDER_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER
#endif
#endif

#ifdef UNDER_THREAD_SANITIZER
extern "C" int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                       const timespec *until) noexcept
{
    timespec there{}, here{};
    clock_gettime(clock, &there);
    clock_gettime(CLOCK_REALTIME, &here);
    here.tv_sec += until->tv_sec - there.tv_sec;
    here.tv_nsec += until->tv_nsec - there.tv_nsec;
    if (here.tv_nsec < 0) {
        here.tv_nsec += 1'000'000'000;
        --here.tv_sec;
    } else if (here.tv_nsec >= 1'000'000'000) {
        here.tv_nsec -= 1'000'000'000;
        ++here.tv_sec;
    }
    return pthread_mutex_timedlock(mutex, &here);
}
#endif

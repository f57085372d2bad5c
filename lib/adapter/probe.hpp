// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Probe points: what a checker must see to verify the invariants of lifecycle.md §5. In an ordinary
// build they are nothing. With -Dprobes=true each writes one record to the file that the
// environment names in MINIPORT_PROBES, shared by all processes of a session, in one global order.
#pragma once

#include <cstdint>

#ifdef MINIPORT_PROBES
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace miniport::probe {

/// `who` is the adapter (its port begins with it), `a` and `b` as said here.
enum class kind : std::uint16_t {
    state = 1,  ///< a: from | to << 8 | event << 16 | result << 24 | action << 32; b: flags
    acquire,    ///< a: kind of the ledger; b: index
    release,    ///< begins; a, b as acquire
    released,   ///< ended
    gate_open,  ///< a: queue; before bursts may enter
    gate_close, ///< a: queue; bursts that enter from here on turn away
    burst_in,   ///< who: queue; past the gate
    burst_out,  ///< who: queue; a: frames
    mbuf_post,  ///< who: queue; a: mbuf (given to the NIC)
    mbuf_app,   ///< who: queue; a: mbuf (handed to the application)
    mbuf_free,  ///< who: queue; a: mbuf (returned to its pool, or one reference dropped)
    mmio_read,  ///< who: BAR; a: offset; b: value
    mmio_write, ///< who: BAR; a: offset; b: value
    handler_in, ///< a: callback
    handler_out,
    call_in,    ///< a: request; performed under the control lock
    call_out,   ///< a: request; b: status
    event,      ///< a: rte_eth_event_type
    dma_off,    ///< the device confirmed that it does no DMA
};

#ifdef MINIPORT_PROBES

struct record {
    std::uint64_t time_ns;
    std::uint64_t who, a, b;
    std::uint32_t process, thread;
    std::uint16_t what;
    std::uint16_t complete; ///< 1 when all of it is written
    std::uint32_t unused;
};
static_assert(sizeof(record) == 48);

struct log {
    std::atomic<std::uint64_t> next;
    std::uint64_t capacity;
    [[nodiscard]] record *records() noexcept { return reinterpret_cast<record *>(this + 1); }
};

/// The file, mapped at the first probe of a process; nullptr where none is named or it is unusable.
inline log *open_log() noexcept
{
    const char *const path = std::getenv("MINIPORT_PROBES");
    const int file = path ? ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0)
        return nullptr;
    constexpr std::uint64_t capacity = 4'000'000;
    constexpr std::size_t bytes = sizeof(log) + capacity * sizeof(record);
    void *const at = ::ftruncate(file, bytes) == 0
                         ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                         : MAP_FAILED;
    ::close(file);
    if (at == MAP_FAILED)
        return nullptr;
    auto *const l = static_cast<log *>(at);
    l->capacity = capacity;
    return l;
}

inline void hit(kind what, const void *who, std::uint64_t a = 0, std::uint64_t b = 0) noexcept
{
    static log *const l = open_log();
    if (l == nullptr)
        return;
    const std::uint64_t at = l->next.fetch_add(1, std::memory_order_seq_cst);
    if (at >= l->capacity)
        return; // the checker refuses a log that overflowed
    static thread_local const auto thread = static_cast<std::uint32_t>(::gettid());
    static const auto process = static_cast<std::uint32_t>(::getpid());
    timespec t;
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    record &r = l->records()[at];
    r = {static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u +
             static_cast<std::uint64_t>(t.tv_nsec),
         reinterpret_cast<std::uintptr_t>(who), a, b, process, thread,
         static_cast<std::uint16_t>(what), 0, 0};
    std::atomic_thread_fence(std::memory_order_release);
    r.complete = 1;
}

/// The n-th acquisition from now fails; 0: none does. Set by tests.
inline std::atomic<unsigned> fail_acquisition{0};

/// Whether the acquisition at hand is to fail.
inline bool injected_failure() noexcept
{
    unsigned left = fail_acquisition.load();
    while (left != 0 && !fail_acquisition.compare_exchange_weak(left, left - 1)) {
    }
    return left == 1;
}

#else

constexpr bool injected_failure() noexcept
{
    return false;
}
template <class... Arguments> constexpr void hit(kind, const Arguments &...) noexcept {}

#endif

} // namespace miniport::probe

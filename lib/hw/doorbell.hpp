// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The only MMIO of the data path: the tail register of one ring, resolved to an address when the
// queue starts. The same store reaches a BAR and the word that a model watches.
#pragma once

#include <atomic>
#include <cstdint>

namespace miniport::hw {

class doorbell {
public:
    doorbell() = default;
    explicit doorbell(volatile void *address) noexcept
        : address_{static_cast<volatile std::uint32_t *>(address)}
    {
    }

    void ring(std::uint16_t tail) const noexcept
    {
        // ORDER: descriptors before the doorbell. x86 keeps stores in order, also towards
        // uncached memory; Arm needs the barrier that covers the device's observation.
#if defined(__aarch64__)
        asm volatile("dmb oshst" ::: "memory");
#else
        std::atomic_thread_fence(std::memory_order_release);
#endif
        *address_ = tail;
    }

private:
    volatile std::uint32_t *address_ = nullptr;
};

} // namespace miniport::hw

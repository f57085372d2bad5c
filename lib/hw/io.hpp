// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Where the registers of one adapter are: a BAR of a real device, or a stand-in (a model, a test)
// known by number, because this handle lies in memory that other processes map too. Only control
// registers go through here; the data path has its doorbells (doorbell.hpp).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>

#include "adapter/probe.hpp"

namespace miniport::hw {

/// A stand-in for a device. Process-local.
class io_backend {
public:
    virtual ~io_backend() = default;
    virtual std::uint32_t load(std::uint32_t offset) = 0;
    virtual void store(std::uint32_t offset, std::uint32_t value) = 0;
    /// Lets at least `us` microseconds of the device's time pass.
    virtual void sleep_us(unsigned us) = 0;
    /// Where the data path stores the value of the doorbell register at `offset`.
    virtual volatile void *doorbell(std::uint32_t offset) = 0;
};

class io {
public:
    io() = default;
    explicit io(void *bar) noexcept : base_{static_cast<volatile std::byte *>(bar)} {}
    explicit io(std::uint8_t backend) noexcept : backend_{backend} {}
    io(const io &other) noexcept : base_{other.base_}, backend_{other.backend()} {}
    io &operator=(const io &other) noexcept
    {
        base_ = other.base_;
        backend_.store(other.backend(), std::memory_order_relaxed);
        return *this;
    }

    /// The device is gone: from here on reads are all ones, as a dead bus gives them, writes go
    /// nowhere, and nothing touches the BAR. Any thread.
    void disconnect() noexcept { backend_.store(gone, std::memory_order_relaxed); }

    [[nodiscard]] std::uint32_t load(std::uint32_t offset) const noexcept
    {
        const std::uint8_t b = backend();
        if (b == gone)
            return 0xFFFF'FFFFu;
        const std::uint32_t value = b == none ? std::uint32_t{*word(offset)}
                                              : backends[b]->load(offset);
        asm volatile("" ::: "memory"); // ORDER: later memory reads stay behind the register read
        probe::hit(probe::kind::mmio_read, identity(), offset, value);
        return value;
    }

    void store(std::uint32_t offset, std::uint32_t value) noexcept
    {
        const std::uint8_t b = backend();
        if (b == gone)
            return;
        probe::hit(probe::kind::mmio_write, identity(), offset, value);
        asm volatile("" ::: "memory"); // ORDER: earlier memory writes stay before the register's
        if (b == none)
            *word(offset) = value;
        else
            backends[b]->store(offset, value);
    }

    /// Sleeps, never spins: no control operation stalls a core (lifecycle.md I26).
    void sleep_us(unsigned us) noexcept
    {
        if (const std::uint8_t b = backend(); b != none && b != gone)
            return backends[b]->sleep_us(us);
        const timespec span{static_cast<time_t>(us / 1'000'000),
                            static_cast<long>(us % 1'000'000) * 1000};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &span, nullptr);
    }

    [[nodiscard]] volatile void *doorbell(std::uint32_t offset) noexcept
    {
        const std::uint8_t b = backend();
        return b == none || b == gone ? word(offset) : backends[b]->doorbell(offset);
    }

    [[nodiscard]] bool is_bar() const noexcept { return base_ != nullptr; }

    /// Number 0 stands for "a BAR"; a stand-in takes one of the others before it is used.
    static constexpr std::uint8_t none = 0;
    inline static std::array<io_backend *, 64> backends{};

private:
    /// What tells one device from another in the probes.
    [[nodiscard]] const void *identity() const noexcept
    {
        return backend() == none ? const_cast<const std::byte *>(base_)
                                 : static_cast<const void *>(backends[backend()]);
    }

    static constexpr std::uint8_t gone = 0xFF;

    [[nodiscard]] std::uint8_t backend() const noexcept
    {
        return backend_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] volatile std::uint32_t *word(std::uint32_t offset) const noexcept
    {
        return reinterpret_cast<volatile std::uint32_t *>(base_ + offset);
    }

    volatile std::byte *base_ = nullptr; // VFIO maps a BAR at the same address in every process
    std::atomic<std::uint8_t> backend_{none};
};

} // namespace miniport::hw

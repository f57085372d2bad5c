// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "hw/io.hpp"

#include <array>
#include <chrono>

#include "catch.hpp"
#include "hw/doorbell.hpp"

using namespace miniport::hw;

TEST_CASE("a BAR is read and written at its offsets", "[lib][io]")
{
    alignas(8) std::array<std::uint32_t, 4> bar{1, 2, 3, 4};
    io device{bar.data()};
    CHECK(device.load(8) == 3);
    device.store(4, 0xCAFE);
    CHECK(bar == std::array<std::uint32_t, 4>{1, 0xCAFE, 3, 4});
}

TEST_CASE("the doorbell of a BAR is its register", "[lib][io]")
{
    alignas(8) std::array<std::uint32_t, 4> bar{};
    io device{bar.data()};
    const doorbell tail{device.doorbell(12)};
    tail.ring(4095);
    CHECK(bar == std::array<std::uint32_t, 4>{0, 0, 0, 4095});
}

TEST_CASE("sleeping takes at least the time asked for", "[lib][io]")
{
    const auto start = std::chrono::steady_clock::now();
    io{nullptr}.sleep_us(2000);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::microseconds{2000});
}

TEST_CASE("a stand-in gets every access under its number", "[lib][io]")
{
    struct : io_backend {
        std::uint32_t stored_at = 0, stored = 0;
        unsigned slept = 0;
        volatile std::uint32_t bell = 0;
        std::uint32_t load(std::uint32_t offset) override { return offset + 1; }
        void store(std::uint32_t offset, std::uint32_t value) override
        {
            stored_at = offset;
            stored = value;
        }
        void sleep_us(unsigned us) override { slept += us; }
        volatile void *doorbell(std::uint32_t offset) override
        {
            return offset == 0x2818 ? &bell : nullptr;
        }
    } stand_in;
    io::backends[63] = &stand_in;

    io device{std::uint8_t{63}};
    CHECK(device.load(0x100) == 0x101);
    device.store(0x400, 7);
    CHECK((stand_in.stored_at == 0x400 && stand_in.stored == 7));
    device.sleep_us(1'000'000'000); // no time of ours passes
    CHECK(stand_in.slept == 1'000'000'000);
    doorbell{device.doorbell(0x2818)}.ring(9);
    CHECK(stand_in.bell == 9);
    io::backends[63] = nullptr;
}

TEST_CASE("a device that is gone reads all ones and is never touched", "[lib][io]")
{
    alignas(8) std::array<std::uint32_t, 4> bar{1, 2, 3, 4};
    io device{bar.data()};
    device.disconnect();
    CHECK(device.load(8) == 0xFFFF'FFFF);
    device.store(4, 0xCAFE);
    CHECK(bar == std::array<std::uint32_t, 4>{1, 2, 3, 4});
    device.sleep_us(1);

    const io copy = device; // also for who copies it
    CHECK(copy.load(0) == 0xFFFF'FFFF);
}

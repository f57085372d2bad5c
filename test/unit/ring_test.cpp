// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "hw/ring.hpp"

#include "catch.hpp"

using namespace miniport::hw;

namespace {

ring_position at(unsigned slot)
{
    return ring_position{static_cast<std::uint16_t>(slot)};
}

// No size comparison, no arithmetic: a position is not a number.
template <class P>
concept number_like = requires(P a, P b)
{
    a < b;
}
|| requires(P a, P b)
{
    a - b;
}
|| requires(P a)
{
    ++a;
};

} // namespace

TEST_CASE("a position is not a number", "[lib][ring]")
{
    STATIC_REQUIRE_FALSE(number_like<ring_position>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<ring_position, unsigned>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<std::uint16_t, ring_position>);
}

// Sizes that are powers of two and one that is not: positions wrap by comparison, never by a mask.
TEST_CASE("next and until_wrap at every slot", "[lib][ring]")
{
    for (const unsigned n : {32u, 40u, 64u}) {
        const ring_size size{static_cast<std::uint16_t>(n)};
        CHECK(size.count() == n);
        for (unsigned p = 0; p < n; ++p) {
            REQUIRE(size.next(at(p)).slot() == (p + 1) % n);
            REQUIRE(size.until_wrap(at(p)) == n - p);
        }
    }
}

TEST_CASE("advance by every count from every slot", "[lib][ring]")
{
    for (const unsigned n : {32u, 40u, 64u}) {
        const ring_size size{static_cast<std::uint16_t>(n)};
        for (unsigned p = 0; p < n; ++p)
            for (unsigned by = 0; by <= n; ++by)
                REQUIRE(size.advance(at(p), static_cast<std::uint16_t>(by)).slot() == (p + by) % n);
    }
}

TEST_CASE("distance between every two slots", "[lib][ring]")
{
    for (const unsigned n : {32u, 40u, 64u}) {
        const ring_size size{static_cast<std::uint16_t>(n)};
        for (unsigned from = 0; from < n; ++from)
            for (unsigned to = 0; to < n; ++to)
                REQUIRE(size.distance(at(from), at(to)) == (to + n - from) % n);
    }
}

TEST_CASE("the largest ring", "[lib][ring]")
{
    constexpr ring_size size{4096};
    CHECK(size.next(at(4094)).slot() == 4095);
    CHECK(size.next(at(4095)).slot() == 0);
    CHECK(size.advance(at(4095), 4096).slot() == 4095);
    CHECK(size.advance(at(4095), 1).slot() == 0);
    CHECK(size.distance(at(4095), at(0)) == 1);
    CHECK(size.distance(at(0), at(4095)) == 4095);
    CHECK(size.distance(at(1), at(0)) == 4095);
    CHECK(size.until_wrap(at(0)) == 4096);
    CHECK(size.until_wrap(at(4095)) == 1);
}

TEST_CASE("ring arithmetic is for the compiler, too", "[lib][ring]")
{
    constexpr ring_size size{40};
    STATIC_REQUIRE(size.next(ring_position{39}) == ring_position{});
    STATIC_REQUIRE(size.advance(ring_position{39}, 2) == ring_position{1});
    STATIC_REQUIRE(size.distance(ring_position{39}, ring_position{1}) == 2);
}

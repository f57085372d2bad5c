// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "hw/register.hpp"

#include "catch.hpp"

using namespace miniport::hw;

namespace {

enum class speed : std::uint8_t { slow, fast, faster };

struct A : register_at<A, 0x10> {
    static constexpr flag<A, 0> ON{};
    static constexpr field<A, 7, 4> NUMBER{};
    static constexpr field<A, 9, 8, speed> SPEED{};
    static constexpr field<A, 31, 31> TOP{};
    static constexpr field<A, 31, 0> ALL{};
};
struct B : register_at<B, 0x20> {
    static constexpr flag<B, 0> ON{};
    static constexpr flag<B, 1> READY{};
};
struct table : register_at<table, 0x5200, access::rw, 128, 4> {};
struct lone : register_at<lone, 0x8, access::ro> {};

template <class X, class Y>
concept joinable = requires(X x, Y y)
{
    x | y;
};
template <class S, class F>
concept shows = requires(S s, F f)
{
    s[f];
};
template <class F, class T>
concept takes = requires(F f, T v)
{
    f(v);
};

template <class F> using bits_of = decltype(F{}(typename std::decay_t<decltype(F::of(0))>{}));

} // namespace

TEST_CASE("a field's mask is its bits, msb to lsb", "[lib][register]")
{
    STATIC_REQUIRE(decltype(A::ON)::mask == 0x0000'0001);
    STATIC_REQUIRE(decltype(A::NUMBER)::mask == 0x0000'00F0);
    STATIC_REQUIRE(decltype(A::SPEED)::mask == 0x0000'0300);
    STATIC_REQUIRE(decltype(A::TOP)::mask == 0x8000'0000);
    STATIC_REQUIRE(decltype(A::ALL)::mask == 0xFFFF'FFFF);
}

TEST_CASE("a field puts its value at its place", "[lib][register]")
{
    STATIC_REQUIRE(A::ON(true).value == 1);
    STATIC_REQUIRE(A::ON(false).value == 0);
    STATIC_REQUIRE(A::NUMBER(0xA).value == 0xA0);
    STATIC_REQUIRE(A::SPEED(speed::faster).value == 0x200);
    STATIC_REQUIRE(A::TOP(1).value == 0x8000'0000);
    STATIC_REQUIRE(A::ALL(0xDEAD'BEEF).value == 0xDEAD'BEEF);
}

TEST_CASE("a value too wide for its field spills nothing", "[lib][register]")
{
    STATIC_REQUIRE(A::NUMBER(0x1F).value == 0xF0);
    STATIC_REQUIRE(A::TOP(2).value == 0);
}

TEST_CASE("values of one register join", "[lib][register]")
{
    constexpr auto joined = A::ON(true) | A::NUMBER(3) | A::TOP(1);
    STATIC_REQUIRE(joined.value == 0x8000'0031);
    STATIC_REQUIRE(std::same_as<decltype(joined), const bits<A, 0x8000'00F1>>);
}

TEST_CASE("a snapshot is read by its register's fields", "[lib][register]")
{
    constexpr snapshot<A> s{0x8000'02A1};
    STATIC_REQUIRE(s[A::ON]);
    STATIC_REQUIRE(s[A::NUMBER] == 0xA);
    STATIC_REQUIRE(s[A::SPEED] == speed::faster);
    STATIC_REQUIRE(s[A::TOP] == 1);
    STATIC_REQUIRE(s[A::ALL] == 0x8000'02A1);
}

TEST_CASE("all ones is what a device that is gone reads", "[lib][register]")
{
    STATIC_REQUIRE(snapshot<A>{0xFFFF'FFFF}.all_ones());
    STATIC_REQUIRE_FALSE(snapshot<A>{0xFFFF'FFFE}.all_ones());
    STATIC_REQUIRE_FALSE(snapshot<A>{0}.all_ones());
}

TEST_CASE("registers stand at offset and stride", "[lib][register]")
{
    STATIC_REQUIRE(A::offset() == 0x10);
    STATIC_REQUIRE(table::offset(0) == 0x5200);
    STATIC_REQUIRE(table::offset(127) == 0x53FC);
    STATIC_REQUIRE(table::count == 128);
    STATIC_REQUIRE(lone::count == 1);
    STATIC_REQUIRE(lone::mode == access::ro);
}

TEST_CASE("the same field twice does not compile", "[lib][register]")
{
    using on = bits_of<std::remove_const_t<decltype(A::ON)>>;
    using number = bits_of<std::remove_const_t<decltype(A::NUMBER)>>;
    using all = bits_of<std::remove_const_t<decltype(A::ALL)>>;
    STATIC_REQUIRE(joinable<on, number>);
    STATIC_REQUIRE_FALSE(joinable<on, on>);
    STATIC_REQUIRE_FALSE(joinable<number, all>); // overlap counts as the same
    STATIC_REQUIRE_FALSE(joinable<decltype(A::ON(true) | A::NUMBER(1)), on>);
}

TEST_CASE("fields of two registers do not join", "[lib][register]")
{
    STATIC_REQUIRE_FALSE(joinable<decltype(A::NUMBER(1)), decltype(B::ON(true))>);
    STATIC_REQUIRE_FALSE(joinable<decltype(A::ON(true)), decltype(B::READY(true))>);
}

TEST_CASE("a field of B does not look into a snapshot of A", "[lib][register]")
{
    STATIC_REQUIRE(shows<snapshot<A>, decltype(A::ON)>);
    STATIC_REQUIRE(shows<snapshot<B>, decltype(B::ON)>);
    STATIC_REQUIRE_FALSE(shows<snapshot<A>, decltype(B::ON)>);
    STATIC_REQUIRE_FALSE(shows<snapshot<B>, decltype(A::ON)>);
}

TEST_CASE("a typed field takes its type only", "[lib][register]")
{
    STATIC_REQUIRE(takes<decltype(A::SPEED), speed>);
    STATIC_REQUIRE_FALSE(takes<decltype(A::SPEED), unsigned>);
}

TEST_CASE("each access mode allows what it says", "[lib][register]")
{
    struct ro : register_at<ro, 0, access::ro> {};
    struct wo : register_at<wo, 0, access::wo> {};
    struct rw : register_at<rw, 0, access::rw> {};
    struct rc : register_at<rc, 0, access::rc> {};
    struct w1c : register_at<w1c, 0, access::w1c> {};
    STATIC_REQUIRE((readable<ro> && !writable<ro> && !updatable<ro> && !collectable<ro>));
    STATIC_REQUIRE((!readable<wo> && writable<wo> && !updatable<wo> && !collectable<wo>));
    STATIC_REQUIRE((readable<rw> && writable<rw> && updatable<rw> && !collectable<rw>));
    STATIC_REQUIRE((!readable<rc> && !writable<rc> && !updatable<rc> && collectable<rc>));
    STATIC_REQUIRE((readable<w1c> && writable<w1c> && !updatable<w1c> && !collectable<w1c>));
}

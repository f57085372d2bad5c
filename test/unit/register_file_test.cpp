// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "hw/register_file.hpp"

#include <array>
#include <string>

#include "catch.hpp"

using namespace miniport;
using namespace miniport::hw;

namespace {

struct CONTROL : register_at<CONTROL, 0x00> {
    static constexpr flag<CONTROL, 0> ON{};
    static constexpr field<CONTROL, 7, 4> NUMBER{};
};
struct READY : register_at<READY, 0x04, access::ro> {
    static constexpr flag<READY, 1> DONE{};
};
struct MASK : register_at<MASK, 0x08, access::wo> {
    static constexpr flag<MASK, 0> ALL{};
};
struct COUNT : register_at<COUNT, 0x0C, access::rc> {
    static constexpr flag<COUNT, 0> LOW{};
};
struct CAUSE : register_at<CAUSE, 0x10, access::w1c> {
    static constexpr flag<CAUSE, 2> LINK{};
};
struct TABLE : register_at<TABLE, 0x14, access::rw, 4, 4> {
    static constexpr field<TABLE, 15, 0> LOW{};
};

/// Eight words. Writes down each access; a word may change after some sleeps.
struct words {
    std::array<std::uint32_t, 9> word{};
    std::string log{};
    unsigned sleeps = 0;
    std::uint64_t slept_us = 0;
    unsigned ready_after = ~0u; ///< sleeps until READY has `then`
    std::uint32_t then = 2;
};
struct io_to_words {
    words *to = nullptr;
    std::uint32_t load(std::uint32_t offset) const
    {
        to->log += 'r' + std::to_string(offset) + ' ';
        return offset == 4 && to->sleeps >= to->ready_after ? to->then : to->word[offset / 4];
    }
    void store(std::uint32_t offset, std::uint32_t value)
    {
        to->log += 'w' + std::to_string(offset) + ' ';
        to->word[offset / 4] = value;
    }
    void sleep_us(unsigned us)
    {
        ++to->sleeps;
        to->slept_us += us;
    }
};
using file = register_file<io_to_words>;

template <class R>
concept reads = requires(file f)
{
    f.template read<R>();
};
template <class R>
concept writes_raw = requires(file f)
{
    f.template write_raw<R>(1u);
};
template <class R>
concept collects = requires(file f)
{
    f.template collect<R>();
};
template <class V>
concept writes = requires(file f, V v)
{
    f.write(v);
};
template <class V>
concept updates = requires(file f, V v)
{
    f.update(v);
};
template <class F>
concept waits = requires(file f, F w)
{
    f.wait_for(w, true, 1u, 1u);
};

} // namespace

TEST_CASE("read looks once at the register's place", "[lib][register_file]")
{
    words w;
    w.word[0] = 0x51;
    const file f{io_to_words{&w}};
    const auto now = f.read<CONTROL>();
    CHECK(now[CONTROL::ON]);
    CHECK(now[CONTROL::NUMBER] == 5);
    CHECK(w.log == "r0 ");
}

TEST_CASE("write sets the whole register without reading", "[lib][register_file]")
{
    words w;
    w.word[0] = 0xFFFF'FFFF;
    file f{io_to_words{&w}};
    f.write(CONTROL::NUMBER(3));
    CHECK(w.word[0] == 0x30);
    CHECK(w.log == "w0 ");
}

TEST_CASE("update keeps what it does not name", "[lib][register_file]")
{
    words w;
    w.word[0] = 0xABCD'00F1;
    file f{io_to_words{&w}};
    f.update(CONTROL::NUMBER(3) | CONTROL::ON(false));
    CHECK(w.word[0] == 0xABCD'0030);
    CHECK(w.log == "r0 w0 ");
}

TEST_CASE("the n-th of a table", "[lib][register_file]")
{
    words w;
    file f{io_to_words{&w}};
    f.write_raw<TABLE>(0x1111, 0);
    f.write(TABLE::LOW(0x2222), 3);
    f.update(TABLE::LOW(0x3333), 3);
    CHECK(w.word[5] == 0x1111);
    CHECK(w.word[8] == 0x3333);
    CHECK(f.read<TABLE>(3).raw == 0x3333);
    CHECK(w.log == "w20 w32 r32 w32 r32 ");
}

TEST_CASE("collect reads a clearing counter once", "[lib][register_file]")
{
    words w;
    w.word[3] = 77;
    file f{io_to_words{&w}};
    CHECK(f.collect<COUNT>() == 77);
    CHECK(w.log == "r12 ");
}

TEST_CASE("only what the access mode allows compiles", "[lib][register_file]")
{
    STATIC_REQUIRE((reads<CONTROL> && reads<READY> && reads<CAUSE>));
    STATIC_REQUIRE_FALSE((reads<MASK> || reads<COUNT>)); // write-only; clear on read
    STATIC_REQUIRE((writes_raw<CONTROL> && writes_raw<MASK> && writes_raw<CAUSE>));
    STATIC_REQUIRE_FALSE((writes_raw<READY> || writes_raw<COUNT>));
    STATIC_REQUIRE((writes<decltype(CONTROL::ON(true))> && writes<decltype(MASK::ALL(true))>));
    STATIC_REQUIRE_FALSE(writes<decltype(READY::DONE(true))>);
    STATIC_REQUIRE_FALSE(writes<decltype(COUNT::LOW(true))>);
    STATIC_REQUIRE(updates<decltype(CONTROL::ON(true))>);
    STATIC_REQUIRE_FALSE(updates<decltype(MASK::ALL(true))>); // what would it read?
    STATIC_REQUIRE_FALSE(updates<decltype(READY::DONE(true))>);
    STATIC_REQUIRE_FALSE(updates<decltype(CAUSE::LINK(true))>); // would clear the others
    STATIC_REQUIRE(collects<COUNT>);
    STATIC_REQUIRE_FALSE((collects<CONTROL> || collects<READY>));
    STATIC_REQUIRE((waits<decltype(READY::DONE)> && waits<decltype(CAUSE::LINK)>));
    STATIC_REQUIRE_FALSE((waits<decltype(MASK::ALL)> || waits<decltype(COUNT::LOW)>));
}

TEST_CASE("wait_for does not sleep where the value is there", "[lib][register_file]")
{
    words w;
    w.word[1] = 2;
    file f{io_to_words{&w}};
    CHECK(f.wait_for(READY::DONE, true, 100, 10) == status::ok);
    CHECK(w.sleeps == 0);
}

TEST_CASE("wait_for sleeps step by step until the value comes", "[lib][register_file]")
{
    words w;
    w.ready_after = 3;
    file f{io_to_words{&w}};
    CHECK(f.wait_for(READY::DONE, true, 100, 10) == status::ok);
    CHECK(w.sleeps == 3);
    CHECK(w.slept_us == 30);
}

TEST_CASE("wait_for looks once more when the deadline has come", "[lib][register_file]")
{
    words w;
    w.ready_after = 10;
    file f{io_to_words{&w}};
    CHECK(f.wait_for(READY::DONE, true, 100, 10) == status::ok);
    CHECK(w.sleeps == 10);
}

TEST_CASE("wait_for gives up at the deadline", "[lib][register_file]")
{
    words w;
    file f{io_to_words{&w}};
    CHECK(f.wait_for(READY::DONE, true, 100, 10) == status::timed_out);
    CHECK(w.sleeps == 10);
    CHECK(w.slept_us == 100);
}

TEST_CASE("wait_for with a step that does not divide the deadline", "[lib][register_file]")
{
    words w;
    file f{io_to_words{&w}};
    CHECK(f.wait_for(READY::DONE, true, 100, 30) == status::timed_out);
    CHECK(w.slept_us == 120); // not before the deadline, less than a step after it
}

TEST_CASE("wait_for a value of zero, too", "[lib][register_file]")
{
    words w;
    w.word[1] = 2;
    w.ready_after = 1;
    w.then = 0;
    file f{io_to_words{&w}};
    CHECK(f.wait_for(READY::DONE, false, 100, 10) == status::ok);
    CHECK(w.sleeps == 1);
}

TEST_CASE("wait_for notices a device that is gone", "[lib][register_file]")
{
    words w;
    file f{io_to_words{&w}};
    w.word[1] = 0xFFFF'FFFF; // has DONE set, and is no answer
    CHECK(f.wait_for(READY::DONE, true, 100, 10) == status::removed);
    CHECK(w.sleeps == 0);

    w.word[1] = 0;
    w.ready_after = 4; // goes away while we wait
    w.then = 0xFFFF'FFFF;
    CHECK(f.wait_for(READY::DONE, true, 100, 10) == status::removed);
    CHECK(w.sleeps == 4);
}

// g++ 12 does not read the mutable member of register_file at compile time.
#ifdef __clang__
namespace {

/// What a compiler can run: the registers are part of the value.
struct words_inside {
    std::array<std::uint32_t, 4> word{};
    unsigned slept = 0;
    constexpr std::uint32_t load(std::uint32_t offset) const { return word[offset / 4]; }
    constexpr void store(std::uint32_t offset, std::uint32_t value) { word[offset / 4] = value; }
    constexpr void sleep_us(unsigned us) { slept += us; }
};

constexpr std::uint32_t written_and_updated()
{
    register_file<words_inside> f{};
    f.write(CONTROL::NUMBER(5) | CONTROL::ON(true));
    f.update(CONTROL::ON(false));
    return f.read<CONTROL>().raw;
}
constexpr unsigned slept_in_vain()
{
    register_file<words_inside> f{};
    return f.wait_for(READY::DONE, true, 50, 5) == status::timed_out ? f.io().slept : 0;
}

} // namespace

TEST_CASE("a register file works at compile time", "[lib][register_file]")
{
    STATIC_REQUIRE(written_and_updated() == 0x50);
    STATIC_REQUIRE(slept_in_vain() == 50);
}
#endif

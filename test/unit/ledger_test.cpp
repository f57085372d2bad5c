// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "adapter/ledger.hpp"

#include "catch.hpp"
#include "keeper.hpp"

using namespace miniport;

namespace {

using a = thing<'a'>;
using b = thing<'b'>;
using c = thing<'c'>;
using q = thing<'q', true>; // outlives a stop

struct named { // takes a request beside the index
    static constexpr const char *name = "named";
    static status acquire(keeper &k, std::uint16_t, const std::string &what)
    {
        return k.take(what);
    }
    static void release(keeper &k, std::uint16_t) noexcept { k.give("x"); }
};

using book = ledger<keeper, 8, a, b, c, q, named>;
using extent = book::extent;

template <class Kind> bool acquire(book &l, keeper &k, std::uint16_t index = 0)
{
    return l.acquire<Kind>(k, index) == status::ok;
}

// What must not compile.
struct no_release {
    static constexpr const char *name = "";
    static status acquire(keeper &, std::uint16_t);
};
struct release_that_throws : no_release {
    static void release(keeper &, std::uint16_t);
};
struct release_that_fails : no_release {
    static status release(keeper &, std::uint16_t) noexcept;
};
struct no_result {
    static constexpr const char *name = "";
    static void acquire(keeper &, std::uint16_t);
    static void release(keeper &, std::uint16_t) noexcept;
};

} // namespace

TEST_CASE("a kind needs an acquire that answers and a release that cannot fail", "[lib][ledger]")
{
    STATIC_REQUIRE(acquisition<a, keeper>);
    STATIC_REQUIRE_FALSE(acquisition<no_release, keeper>);
    STATIC_REQUIRE_FALSE(acquisition<release_that_throws, keeper>);
    STATIC_REQUIRE_FALSE(acquisition<release_that_fails, keeper>);
    STATIC_REQUIRE_FALSE(acquisition<no_result, keeper>);
    STATIC_REQUIRE_FALSE(acquisition<named, keeper>);
    STATIC_REQUIRE(acquisition<named, keeper, std::string>);
}

TEST_CASE("undo releases in reverse order", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<a>(l, k));
    REQUIRE(acquire<b>(l, k));
    REQUIRE(acquire<c>(l, k));
    l.undo(k, extent::everything);
    CHECK(k.log == "+a0 +b0 +c0 -c0 -b0 -a0 ");
    CHECK(l.size() == 0);
}

TEST_CASE("a failed acquisition is not written down", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<a>(l, k));
    k.left = 0;
    k.failure = status::timed_out;
    CHECK(l.acquire<b>(k) == status::timed_out);
    CHECK(l.size() == 1);
    CHECK_FALSE(l.holds<b>());
}

TEST_CASE("a full ledger refuses before it acquires", "[lib][ledger]")
{
    keeper k;
    ledger<keeper, 2, a> l;
    REQUIRE(l.acquire<a>(k, 0) == status::ok);
    REQUIRE(l.acquire<a>(k, 1) == status::ok);
    CHECK(l.acquire<a>(k, 2) == status::no_memory);
    CHECK(l.open_section() == status::no_memory);
    CHECK(k.log == "+a0 +a1 ");
}

TEST_CASE("a request reaches acquire", "[lib][ledger]")
{
    keeper k;
    book l;
    CHECK(l.acquire<named>(k, 0, std::string{"x"}) == status::ok);
    CHECK(k.log == "+x ");
}

TEST_CASE("the index tells equals apart", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<q>(l, k, 0));
    REQUIRE(acquire<q>(l, k, 7));
    CHECK(l.holds<q>(0));
    CHECK(l.holds<q>(7));
    CHECK_FALSE(l.holds<q>(1));
    CHECK(l.release<q>(k, 7));
    CHECK_FALSE(l.holds<q>(7));
    CHECK(l.holds<q>(0));
    CHECK(k.log == "+q0 +q7 -q7 ");
}

TEST_CASE("release out of turn leaves the order of the rest", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<a>(l, k));
    REQUIRE(acquire<b>(l, k));
    REQUIRE(acquire<c>(l, k));
    CHECK(l.release<b>(k));
    l.undo(k, extent::everything);
    CHECK(k.log == "+a0 +b0 +c0 -b0 -c0 -a0 ");
}

TEST_CASE("releasing what is not held does nothing", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<a>(l, k));
    CHECK_FALSE(l.release<b>(k));
    CHECK(l.release<a>(k));
    CHECK_FALSE(l.release<a>(k));
    CHECK(k.log == "+a0 -a0 ");
}

TEST_CASE("a section takes back only what came after it", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<a>(l, k));
    REQUIRE(l.open_section() == status::ok);
    REQUIRE(acquire<b>(l, k, 0));
    REQUIRE(acquire<b>(l, k, 1));
    l.undo_section(k);
    CHECK(k.log == "+a0 +b0 +b1 -b1 -b0 ");
    CHECK(l.size() == 1);
}

TEST_CASE("an empty section leaves everything", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<a>(l, k));
    REQUIRE(l.open_section() == status::ok);
    l.undo_section(k);
    CHECK(k.log == "+a0 ");
    CHECK(l.holds<a>());
}

TEST_CASE("survivors stay through a stop, oldest first", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<a>(l, k));
    REQUIRE(acquire<q>(l, k, 0));
    REQUIRE(acquire<b>(l, k));
    REQUIRE(acquire<q>(l, k, 1));
    REQUIRE(acquire<c>(l, k));
    l.undo(k, extent::but_survivors);
    CHECK(k.taken_log() == "+a0 +q0 +b0 +q1 +c0 -c0 -b0 -a0 ");
    CHECK(l.size() == 2);
    l.undo(k, extent::everything);
    CHECK(k.log == "-q1 -q0 ");
}

TEST_CASE("undo passes over an open section", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<a>(l, k));
    REQUIRE(l.open_section() == status::ok);
    REQUIRE(acquire<b>(l, k));
    l.undo(k, extent::but_survivors);
    CHECK(k.log == "+a0 +b0 -b0 -a0 ");
    CHECK(l.size() == 0);
}

TEST_CASE("a visitor sees what is held, oldest first, without section marks", "[lib][ledger]")
{
    keeper k;
    book l;
    REQUIRE(acquire<b>(l, k));
    REQUIRE(l.open_section() == status::ok);
    REQUIRE(acquire<q>(l, k, 3));
    std::string seen;
    l.each([&](const char *name, unsigned index) { seen += name + std::to_string(index) + ' '; });
    CHECK(seen == "b0 q3 ");
}

TEST_CASE("a released place can be taken again", "[lib][ledger]")
{
    keeper k;
    ledger<keeper, 1, a> l;
    for (int i = 0; i < 3; ++i) {
        CHECK(l.acquire<a>(k) == status::ok);
        CHECK(l.release<a>(k));
    }
    CHECK(k.held.empty());
}

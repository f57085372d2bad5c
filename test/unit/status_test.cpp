// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include <cerrno>
#include <cstring>

#include "catch.hpp"
#include "status.hpp"

using namespace miniport;

TEST_CASE("a status becomes the errno of its design row", "[lib][status]")
{
    CHECK(to_errno(status::ok) == 0);
    CHECK(to_errno(status::no_memory) == -ENOMEM);
    CHECK(to_errno(status::invalid) == -EINVAL);
    CHECK(to_errno(status::wrong_state) == -EINVAL);
    CHECK(to_errno(status::unsupported) == -ENOTSUP);
    CHECK(to_errno(status::busy) == -EBUSY);
    CHECK(to_errno(status::timed_out) == -ETIMEDOUT);
    CHECK(to_errno(status::io_error) == -EIO);
    CHECK(to_errno(status::removed) == -EIO);
    CHECK(to_errno(status::failed_hard) == -EIO);
    CHECK(to_errno(status::net_down) == -ENETDOWN);
    CHECK(to_errno(status::in_progress) == -EINPROGRESS);
    CHECK(to_errno(status::already) == -EALREADY);
    CHECK(to_errno(status::again) == -EAGAIN);
    CHECK(to_errno(status::shut_down) == -ESHUTDOWN);
}

TEST_CASE("only ok has not failed", "[lib][status]")
{
    CHECK_FALSE(failed(status::ok));
    for (auto s = static_cast<int>(status::no_memory); s <= static_cast<int>(status::shut_down);
         ++s)
        CHECK(failed(static_cast<status>(s)));
}

TEST_CASE("every status has a text of its own", "[lib][status]")
{
    const int last = static_cast<int>(status::shut_down);
    for (int a = 0; a <= last; ++a)
        for (int b = 0; b < a; ++b)
            CHECK(std::strcmp(text(static_cast<status>(a)), text(static_cast<status>(b))) != 0);
}

TEST_CASE("a number that is no status is an error and unknown", "[lib][status]")
{
    CHECK(to_errno(static_cast<status>(99)) == -EINVAL);
    CHECK(std::strcmp(text(static_cast<status>(99)), "unknown status") == 0);
}

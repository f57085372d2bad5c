// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What a control operation may answer. One list gives the enumerators, their errno and their
// text; the errno appears only at the ethdev edge (lifecycle.md §3c, "Status → errno").
#pragma once

#include <cerrno>
#include <cstdint>

namespace miniport {

// clang-format off
#define MINIPORT_STATUSES(X)                                                        \
    X(ok,          0,          "ok")                                                \
    X(no_memory,   ENOMEM,     "out of memory")                                     \
    X(invalid,     EINVAL,     "invalid argument")                                  \
    X(wrong_state, EINVAL,     "not possible in this adapter state")                \
    X(unsupported, ENOTSUP,    "not supported")                                     \
    X(busy,        EBUSY,      "busy with another transition")                      \
    X(timed_out,   ETIMEDOUT,  "the device did not answer in time")                 \
    X(io_error,    EIO,        "the device failed")                                 \
    X(removed,     EIO,        "the device is gone (its registers read all ones)")  \
    X(failed_hard, EIO,        "the adapter failed; close the port")                \
    X(net_down,    ENETDOWN,   "the adapter is paused")                             \
    X(in_progress, EINPROGRESS, "under way; a completion follows")                  \
    X(already,     EALREADY,   "already under way")                                 \
    X(again,       EAGAIN,     "a reset is under way")                              \
    X(shut_down,   ESHUTDOWN,  "the adapter is shut down")
// clang-format on

enum class [[nodiscard]] status : std::uint8_t {
#define MINIPORT_STATUS_NAME(name, number, text) name,
    MINIPORT_STATUSES(MINIPORT_STATUS_NAME)
#undef MINIPORT_STATUS_NAME
};

[[nodiscard]] constexpr bool failed(status s) noexcept
{
    return s != status::ok;
}

/// 0 for status::ok, otherwise a negative errno as ethdev callbacks return it.
[[nodiscard]] constexpr int to_errno(status s) noexcept
{
    switch (s) {
#define MINIPORT_STATUS_ERRNO(name, number, text)                                                  \
    case status::name:                                                                             \
        return -(number);
        MINIPORT_STATUSES(MINIPORT_STATUS_ERRNO)
#undef MINIPORT_STATUS_ERRNO
    }
    return -EINVAL;
}

/// One phrase for logs and telemetry.
[[nodiscard]] constexpr const char *text(status s) noexcept
{
    switch (s) {
#define MINIPORT_STATUS_TEXT(name, number, text)                                                   \
    case status::name:                                                                             \
        return text;
        MINIPORT_STATUSES(MINIPORT_STATUS_TEXT)
#undef MINIPORT_STATUS_TEXT
    }
    return "unknown status";
}

} // namespace miniport

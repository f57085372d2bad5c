// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What went wrong and how the verdict is printed. The first finding is the cause; later ones are
// printed as well, because a lost frame is found faster with the counters beside it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace wirecheck {

/// The command line cannot be followed: exit 2.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The wire, or a port, did not do what it must: exit 1.
struct failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string text(const char *format, ...);

struct traffic {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;

    void add(std::uint32_t length) noexcept
    {
        ++frames;
        bytes += length;
    }
    void remove(std::uint32_t length) noexcept
    {
        --frames;
        bytes -= length;
    }
};

class report {
public:
    /// One line at once; the first becomes the cause.
    void finding(const std::string &what);

    /// What was carried, for the last line.
    void carried(const traffic &what, double seconds) noexcept;

    /// Prints the verdict and gives the exit code.
    [[nodiscard]] int conclude(bool json) const;

private:
    void print_json() const;
    [[nodiscard]] double per_second(std::uint64_t count) const noexcept;

    std::vector<std::string> findings_;
    traffic carried_;
    double seconds_ = 0;
};

} // namespace wirecheck

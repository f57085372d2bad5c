// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// An owner for ledgers under test: writes down what is acquired (+) and released (-), fails where
// told to, and knows by itself what must be held now.

#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "adapter/ledger.hpp"

struct keeper {
    std::string log;               ///< "+a0 +b1 -b1 …"; '!' before a release of what is not held
    std::vector<std::string> held; ///< oldest first
    int left = -1;                 ///< acquisitions that still succeed; negative: all
    miniport::status failure = miniport::status::io_error;

    miniport::status take(const std::string &what)
    {
        if (left == 0)
            return failure;
        if (left > 0)
            --left;
        held.push_back(what);
        log += '+' + what + ' ';
        return miniport::status::ok;
    }
    void give(const std::string &what)
    {
        const auto at = std::find(held.begin(), held.end(), what);
        log += at == held.end() ? "!-" : "-";
        log += what + ' ';
        if (at != held.end())
            held.erase(at);
    }
    std::string taken_log()
    {
        std::string was;
        was.swap(log);
        return was;
    }
};

/// A kind of acquisition with a one-letter name.
template <char Letter, bool Survives = false> struct thing {
    static constexpr char letters[] = {Letter, '\0'};
    static constexpr const char *name = letters;
    static constexpr bool survives_stop = Survives;

    static std::string label(std::uint16_t index) { return name + std::to_string(index); }
    static miniport::status acquire(keeper &k, std::uint16_t index) { return k.take(label(index)); }
    static void release(keeper &k, std::uint16_t index) noexcept { k.give(label(index)); }
};

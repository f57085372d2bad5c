// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "report.hpp"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>

namespace wirecheck {

std::string text(const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return line;
}

void report::finding(const std::string &what)
{
    std::printf("finding: %s\n", what.c_str());
    findings_.push_back(what);
}

void report::carried(const traffic &what, double seconds) noexcept
{
    carried_.frames += what.frames;
    carried_.bytes += what.bytes;
    seconds_ += seconds;
}

double report::per_second(std::uint64_t count) const noexcept
{
    return seconds_ > 0 ? static_cast<double>(count) / seconds_ : 0;
}

int report::conclude(bool json) const
{
    if (json)
        print_json();
    if (!findings_.empty())
        std::printf("wirecheck: FAIL %s\n", findings_.front().c_str());
    else
        std::printf("wirecheck: PASS %" PRIu64 " frames, %" PRIu64
                    " bytes in %.2f s, %.0f frames/s, %.1f Mbit/s\n",
                    carried_.frames, carried_.bytes, seconds_, per_second(carried_.frames),
                    per_second(carried_.bytes) * 8e-6);
    return findings_.empty() ? 0 : 1;
}

void report::print_json() const
{
    std::printf("{\"result\":\"%s\",\"frames\":%" PRIu64 ",\"bytes\":%" PRIu64
                ",\"seconds\":%.3f,\"frames_per_second\":%.0f,\"findings\":[",
                findings_.empty() ? "PASS" : "FAIL", carried_.frames, carried_.bytes, seconds_,
                per_second(carried_.frames));
    const char *separator = "";
    for (const std::string &finding : findings_) {
        std::printf("%s\"", separator);
        for (const char c : finding)
            std::printf(c == '"' || c == '\\' ? "\\%c" : "%c", c);
        std::printf("\"");
        separator = ",";
    }
    std::printf("]}\n");
}

} // namespace wirecheck

// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// /miniport/state,PORT and /miniport/trace,PORT. Reads only what is safe to read at any moment.
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "ethdev.hpp"
#include "port.hpp"

namespace miniport {
namespace {

/// The port that "PORT" names, if it is one of ours.
const port *find(const char *parameters) noexcept
{
    if (parameters == nullptr || parameters[0] == '\0')
        return nullptr;
    char *end = nullptr;
    const unsigned long id = std::strtoul(parameters, &end, 10);
    if (*end != '\0' || id >= RTE_MAX_ETHPORTS)
        return nullptr;
    return find_port(static_cast<std::uint16_t>(id));
}

int state_of(const char *, const char *parameters, rte_tel_data *out) noexcept
{
    const port *const p = find(parameters);
    if (p == nullptr)
        return -EINVAL;
    rte_tel_data_start_dict(out);
    rte_tel_data_add_dict_string(out, "device", p->name());
    rte_tel_data_add_dict_string(out, "state", name(p->life.now()));
    const flags f = p->life.attributes();
    rte_tel_data_add_dict_int(out, "removed", f.has(flag_bit::removed));
    rte_tel_data_add_dict_int(out, "resetting", f.has(flag_bit::resetting));
    rte_tel_data_add_dict_int(out, "failed", f.has(flag_bit::failed));
    rte_tel_data_add_dict_uint(out, "events", p->life.history().total());
    rte_tel_data_add_dict_uint(out, "overdue_pauses", p->overdue.load());
    rte_tel_data *const held = rte_tel_data_alloc();
    if (held == nullptr)
        return -ENOMEM;
    rte_tel_data_start_array(held, RTE_TEL_STRING_VAL);
    p->life.held().each([held](const char *what, std::uint16_t index) {
        char line[32];
        std::snprintf(line, sizeof line, "%s %u", what, index);
        rte_tel_data_add_array_string(held, line);
    });
    rte_tel_data_add_dict_container(out, "held", held, 0);
    return 0;
}

/// One line for each transition, oldest first: seconds ago, from -> to (event: why).
int trace_of(const char *, const char *parameters, rte_tel_data *out) noexcept
{
    const port *const p = find(parameters);
    if (p == nullptr)
        return -EINVAL;
    std::array<trace_entry, trace::capacity> entries;
    const std::size_t n = p->life.history().copy(entries);
    const std::uint64_t now = trace::now_ns();
    rte_tel_data_start_array(out, RTE_TEL_STRING_VAL);
    for (std::size_t i = 0; i < n; ++i) {
        const trace_entry &t = entries[i];
        const std::uint64_t ago_us = (now - RTE_MIN(now, t.time_ns)) / 1000;
        char line[RTE_TEL_MAX_STRING_LEN];
        std::snprintf(line, sizeof line, "%" PRIu64 ".%06" PRIu64 " s ago: %s -> %s (%s: %s)",
                      ago_us / 1'000'000, ago_us % 1'000'000, name(t.from), name(t.to),
                      name(t.on), detail(t));
        rte_tel_data_add_array_string(out, line);
    }
    return 0;
}

RTE_INIT(register_telemetry)
{
    rte_telemetry_register_cmd("/miniport/state", state_of,
                               "Returns the adapter state of a port of net_miniport, and what it "
                               "holds. Parameter: port id");
    rte_telemetry_register_cmd("/miniport/trace", trace_of,
                               "Returns the last transitions of a port of net_miniport, oldest "
                               "first. Parameter: port id");
}

} // namespace
} // namespace miniport

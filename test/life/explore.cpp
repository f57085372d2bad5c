// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Exhaustive exploration of the adapter's life (lifecycle.md §5, "Model check"): the driver's own
// tables, its code as micro-steps (driver.hpp), every interleaving, two memory models (run.hpp).
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "search.hpp"

namespace {

using namespace life_check;
using miniport::request;

// Assumption A1: the application ends its polling before dev_close and polls no port that is not
// set up; no driver can do without (lifecycle.md X2, §7.5). The rest of the time lcores poll.
std::vector<scene> scenes{
    {.name = "pause and restart",
     .queues = 2,
     .running = true,
     .a = {request::pause, request::restart},
     .b = {},
     .a_times = 4,
     .b_times = 0},
    {.name = "a burst outlasts the deadline",
     .queues = 2,
     .running = true,
     .a = {request::pause, request::restart, request::reset, request::halt},
     .b = {},
     .a_times = 3,
     .b_times = 0,
     .faults = 2,
     .overdue = true},
    {.name = "initialize to close, shutdown at any moment",
     .queues = 1,
     .running = false,
     .a = {request::initialize, request::restart, request::pause, request::halt},
     .b = {},
     .a_times = 4,
     .b_times = 0,
     .signalled = true,
     .faults = 1},
    {.name = "reset of either kind, shutdown at any moment",
     .queues = 1,
     .running = true,
     .a = {request::pause, request::reset},
     .b = {},
     .a_times = 1,
     .b_times = 0,
     .recovers = true,
     .signalled = true,
     .faults = 1},
    {.name = "pause in a reset, reset in a pause",
     .queues = 2,
     .running = true,
     .a = {request::pause, request::restart},
     .b = {},
     .a_times = 2,
     .b_times = 0,
     .recovers = true,
     .eal_times = 2,
     .faults = 1},
    {.name = "removal at any moment",
     .queues = 1,
     .running = true,
     .a = {request::pause, request::restart, request::reset, request::halt, request::initialize},
     .b = {},
     .a_times = 3,
     .b_times = 0,
     .recovers = true,
     .removed = true,
     .eal_times = 2,
     .faults = 1},
    {.name = "two control threads, asynchronous pauses",
     .queues = 1,
     .running = true,
     .a = {request::pause_async, request::pause, request::restart, request::halt},
     .b = {request::pause_async, request::pause, request::restart, request::reset},
     .a_times = 2,
     .b_times = 2,
     .recovers = true},
    {.name = "everything at once",
     .queues = 1,
     .running = true,
     .a = {request::pause, request::reset, request::halt, request::initialize},
     .b = {request::pause_async},
     .a_times = 1,
     .b_times = 1,
     .recovers = true,
     .removed = true,
     .signalled = true},
};

constexpr std::size_t most_states = 60'000'000;

const char *text(memory_order_model m)
{
    return m == memory_order_model::tso ? "tso" : "weak";
}
const char *text(fences f)
{
    return f == fences::light ? "light" : "full";
}

struct tally {
    std::size_t states = 0;
    unsigned violations = 0;
};

/// Every scene, both memory models, both kinds of burst. Not `deep`: the larger scenes with the
/// weak model only, which allows every order of stores that tso allows.
tally explore_all(std::uint16_t repaired, bool deep)
{
    constexpr std::size_t first_of_the_larger = 4;
    tally sum;
    for (const scene &each : scenes)
        for (const auto memory : {memory_order_model::tso, memory_order_model::weak})
            for (const auto burst : {fences::light, fences::full}) {
                if (burst == fences::full && &each != &scenes.front() && &each != &scenes[4])
                    continue; // the fence matters where lcores matter most
                const bool larger = &each >= &scenes[first_of_the_larger];
                if (larger && !deep && memory == memory_order_model::tso)
                    continue;
                const auto begun = std::chrono::steady_clock::now();
                const outcome o =
                    search{each, {memory, burst, mutant::none, repaired}, most_states}();
                const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
                std::printf("%-44s %-4s %-5s %9zu states %6.1f s%s%s\n", each.name, text(memory),
                            text(burst), o.states, took.count(), o.complete ? "" : "  NOT COMPLETE",
                            o.stalls ? "  (10 s waits)" : "");
                if (o.found) {
                    std::printf("  VIOLATED %s: %s\n    %s\n", o.found.property, o.found.what,
                                o.path.c_str());
                    ++sum.violations;
                }
                std::fflush(stdout);
                sum.violations += !o.complete;
                sum.states += o.states;
            }
    return sum;
}

/// Whether a scene shows the switches, beginning with the likeliest.
bool caught(const char *kind, const char *name, const switches &seeded, unsigned likeliest,
            bool only_weak)
{
    std::size_t states = 0;
    for (const auto memory : {memory_order_model::tso, memory_order_model::weak}) {
        if (only_weak && memory == memory_order_model::tso)
            continue;
        for (std::size_t i = 0; i < scenes.size(); ++i) {
            const scene &each = scenes[(i + likeliest) % scenes.size()];
            switches how = seeded;
            how.memory = memory;
            const outcome o = search{each, how, 3'000'000}();
            states += o.states;
            if (!o.found)
                continue;
            std::printf("%s %s by %s after %zu states (%s, \"%s\"): %s: %s\n", kind, name,
                        o.found.property, states, text(memory), each.name, o.found.what,
                        o.path.c_str());
            std::fflush(stdout);
            return true;
        }
    }
    std::printf("NOT caught %s (%zu states)\n", name, states);
    return false;
}

} // namespace

/// --repaired: the driver with every repair. --mutants: only those. --deep: both memory models for
/// every scene, the largest scene larger, timers that cannot be set (six minutes, 4 GB).
int main(int argc, char **argv)
{
    bool as_repaired = false, only_mutants = false, deep = false;
    for (int i = 1; i < argc; ++i) {
        as_repaired |= std::strcmp(argv[i], "--repaired") == 0;
        only_mutants |= std::strcmp(argv[i], "--mutants") == 0;
        deep |= std::strcmp(argv[i], "--deep") == 0;
    }
    if (deep) {
        scenes[6].faults = 1;
        scenes.back().a_times = scenes.back().eal_times = 2;
    }

    tally as_is;
    if (!only_mutants) {
        const char *const bounds =
            deep ? ""
                 : "; the larger scenes with the weak memory model only, the last one with one "
                   "request of each thread (--deep: both models, two requests)";
        std::printf("the driver%s%s\n", as_repaired ? ", with every repair" : "", bounds);
        as_is = explore_all(as_repaired ? every_repair : driver_has, deep);
        std::printf("%zu states, %u violations\n\n", as_is.states, as_is.violations);
    }

    // On the repaired model, so that what is caught is what was seeded.
    unsigned seeded = 0, found = 0, defects = 0;
    for (const mutant_name &m : mutants) {
        ++seeded;
        found += caught("caught", m.name, {.seeded = m.which, .repaired = every_repair}, m.scene,
                        m.only_weak);
    }
    for (const repair_name &r : repairs) {
        const bool in_driver = (driver_has & bit(r.which)) != 0;
        const bool shows = caught(
            in_driver ? "caught without:" : "DEFECT without:", r.name,
            {.repaired = static_cast<std::uint16_t>(every_repair & ~bit(r.which))}, r.scene, false);
        seeded += in_driver;
        found += in_driver && shows;
        defects += !in_driver && shows;
    }
    std::printf("\ndefects of the driver: %u\n%zu states, %u violations\nmutants: %u of %u\n",
                defects, as_is.states, as_is.violations, found, seeded);
    return as_is.violations == 0 && defects == 0 && found == seeded ? EXIT_SUCCESS : EXIT_FAILURE;
}

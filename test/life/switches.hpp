// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What can be changed in the model: seeded defects (mutants), each of which a property must catch,
// and the repairs of defects that the model found in the driver.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace life_check {

enum class mutant : std::uint8_t {
    none,
    no_second_look,
    no_heavy_fence,
    plain_fence,
    drain_before_close,
    one_gate_forgotten,
    pause_without_drain,
    leave_relaxed,
    open_relaxed,
    second_look_relaxed,
    drained_relaxed,
    free_before_dma_off,
    overdue_frees,
    gate_before_rings,
    reset_without_gates,
    reset_without_drain,
    reset_reopens_after_pause,
    reset_end_lost,
    restart_during_reset,
    double_completion,
    completion_twice_told,
    halt_without_pause,
    halt_keeps_timers,
    halt_waits_for_recovery,
    shutdown_frees,
    shutdown_leaves_dma,
    pause_frees_after_shutdown,
    move_overwrites_shutdown,
    failed_restart_leaves_gate_open,
    restart_forgets_removal,
    reap_keeps_record,
    failed_restart_keeps_buffers,
    failed_initialize_keeps_hardware,
    halt_forgets_interrupt,
};
/// `scene`: where it shows soonest (explore.cpp); `only_weak`: x86 hides it.
struct mutant_name {
    mutant which;
    const char *name;
    unsigned scene = 0;
    bool only_weak = false;
};
inline constexpr std::array mutants{
    mutant_name{mutant::no_second_look, "gate without the second look"},
    mutant_name{mutant::no_heavy_fence, "pause without the heavy fence"},
    mutant_name{mutant::plain_fence, "membarrier replaced by a seq_cst fence of the pauser"},
    mutant_name{mutant::drain_before_close, "pause drains before it closes the gates"},
    mutant_name{mutant::one_gate_forgotten, "pause closes the rx gate only"},
    mutant_name{mutant::pause_without_drain, "pause does not wait for bursts"},
    mutant_name{mutant::leave_relaxed, "burst leaves with a relaxed store", 0, true},
    mutant_name{mutant::open_relaxed, "gate opened with a relaxed store", 0, true},
    mutant_name{mutant::second_look_relaxed, "second look is a relaxed load", 0, true},
    mutant_name{mutant::drained_relaxed, "drained() is a relaxed load", 0, true},
    mutant_name{mutant::free_before_dma_off, "mbufs freed before DMA is off"},
    mutant_name{mutant::overdue_frees, "overdue pause frees what the burst may touch", 1},
    mutant_name{mutant::gate_before_rings, "gates opened before the rings are built"},
    mutant_name{mutant::reset_without_gates, "reset of a running adapter leaves the gates open", 4},
    mutant_name{mutant::reset_without_drain, "reset does not wait for bursts", 4},
    mutant_name{mutant::reset_reopens_after_pause, "reset reopens the gates after a pause between",
                4},
    mutant_name{mutant::reset_end_lost, "reset does not end when a pause came between", 4},
    mutant_name{mutant::restart_during_reset, "restart allowed while a reset is under way", 4},
    mutant_name{mutant::double_completion, "pause completes twice"},
    mutant_name{mutant::completion_twice_told, "completion told by whoever looks", 6},
    mutant_name{mutant::halt_without_pause, "halt without pause", 5},
    mutant_name{mutant::halt_keeps_timers, "halt leaves the timers on", 5},
    mutant_name{mutant::halt_waits_for_recovery, "recovery waits for the halt that waits for it",
                5},
    mutant_name{mutant::shutdown_frees, "shutdown frees", 2},
    mutant_name{mutant::shutdown_leaves_dma, "shutdown leaves DMA on", 3},
    mutant_name{mutant::pause_frees_after_shutdown, "pause frees without a look at shutdown", 2},
    mutant_name{mutant::move_overwrites_shutdown, "state stored instead of exchanged", 2},
    mutant_name{mutant::failed_restart_leaves_gate_open, "failed restart leaves the gates open", 5},
    mutant_name{mutant::restart_forgets_removal, "restart does not look for a removal", 5},
    mutant_name{mutant::reap_keeps_record, "reap leaves its mbufs on record", 4},
    mutant_name{mutant::failed_restart_keeps_buffers, "failed restart undoes nothing", 5},
    mutant_name{mutant::failed_initialize_keeps_hardware, "failed initialize keeps the MAC", 2},
    mutant_name{mutant::halt_forgets_interrupt, "halt keeps the interrupt handler", 1},
};

/// Repairs of defects that the model found in the driver. Each lack of one must be caught.
enum class repair : std::uint8_t {
    reset_looks_for_shutdown, ///< end_reset: however it went, is the adapter shut down by now?
    fence_behind_open,        ///< open_gates: a seq_cst fence, then the look at flags and state
    halt_awaits_shutdown,     ///< shutting_; do_halt: halting, wait for those inside, still Paused?
    shutdown_looks_again,     ///< shutdown in Initializing: behind the mark, another look
    initialize_looks_again,   ///< initialize: behind its move, another look at the mark
    strand_when_overdue,      ///< pause_overdue strands; what is released is not looked at again
    failed_restart_awaits,    ///< a failed restart waits for bursts before it takes buffers back
    promise_under_lock,       ///< pause_promise: free() and make() under the control lock
    table_asked_again,        ///< shutdown, changed state behind the mark: what says the table?
    strand_only_adds,         ///< pause_overdue: a stranded queue is mended by restart only
    promise_of_ended_pause, ///< a promise is due by its own pause's end, not by a look at the state
};
struct repair_name {
    repair which;
    const char *name;
    unsigned scene = 0;
};
inline constexpr std::array repairs{
    repair_name{repair::reset_looks_for_shutdown, "reset looks for a shutdown before it ends", 3},
    repair_name{repair::fence_behind_open, "fence between opening the gates and the look behind",
                5},
    repair_name{repair::halt_awaits_shutdown, "halt waits for shutdowns inside, looks again", 2},
    repair_name{repair::shutdown_looks_again, "shutdown looks at the state behind its mark", 2},
    repair_name{repair::initialize_looks_again, "initialize looks at the mark behind its move", 2},
    repair_name{repair::strand_when_overdue, "only an overdue pause strands a queue", 0},
    repair_name{repair::failed_restart_awaits, "failed restart waits for bursts", 5},
    repair_name{repair::promise_under_lock, "promise found free and made under the lock", 6},
    repair_name{repair::table_asked_again, "shutdown asks the table again behind its mark", 2},
    repair_name{repair::strand_only_adds, "overdue pause takes no stranded mark back", 1},
    repair_name{repair::promise_of_ended_pause, "promise kept by the end of its own pause", 6},
};

enum class memory_order_model : std::uint8_t { tso, weak };
enum class fences : std::uint8_t { light, full };

struct switches {
    memory_order_model memory = memory_order_model::tso;
    fences burst = fences::light;
    mutant seeded = mutant::none;
    std::uint16_t repaired = 0; ///< bit per repair

    [[nodiscard]] constexpr bool has(mutant m) const noexcept { return seeded == m; }
    [[nodiscard]] constexpr bool has(repair r) const noexcept
    {
        return (repaired >> static_cast<unsigned>(r) & 1u) != 0;
    }
};
[[nodiscard]] constexpr std::uint16_t bit(repair r) noexcept
{
    return static_cast<std::uint16_t>(1u << static_cast<unsigned>(r));
}
inline constexpr std::uint16_t every_repair = (1u << repairs.size()) - 1u;

/// Those that the driver lacks. Who repairs it takes the bit away; from then on the lack is one
/// more mutant.
inline constexpr std::uint16_t driver_lacks = 0;
inline constexpr std::uint16_t driver_has = every_repair & ~driver_lacks;

} // namespace life_check

# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""check.py --self-test LOG...: each corruption of a sound log must make the check of its invariant complain.

A corruption drops, repeats, moves, changes or adds one record at the first place of a log where it makes sense.
"""

from check import *

BEYOND = 3000           # records behind the place that are checked too


class Log:
    def __init__(self, data, count):
        self.records = [list(r) for r in RECORD.iter_unpack(data)]

    def find(self, wanted, start=0):
        for i in range(start, len(self.records)):
            if wanted(self.records[i]):
                return i
        raise LookupError

    def back(self, wanted, start):
        for i in range(start, -1, -1):
            if wanted(self.records[i]):
                return i
        raise LookupError

    def complaints(self, edit):
        """Corrupt a copy up to a little behind the place; the invariants that complain."""
        end = edit.end + BEYOND
        records = self.records[:end]
        edit.apply(records)
        data = b"".join(RECORD.pack(*r) for r in records)
        return [v[0] for v in Check(memoryview(data), len(records)).run().violations]


class Edit:
    def __init__(self, end, apply):
        self.end, self.apply = end, apply


def what(kind, a=None):
    return lambda r: r[6] == kind and (a is None or r[2] == a)


def event(on):
    return lambda r: r[6] == STATE and r[2] >> 16 & 255 == on


def drop(i):
    return Edit(i, lambda records: records.pop(i))


def repeat(i):
    return Edit(i, lambda records: records.insert(i, list(records[i])))


def move(i, to):
    """Record i comes to lie before (or, from before it, behind) record `to`."""
    return Edit(max(i, to), lambda records: records.insert(to, records.pop(i)))


def add(i, like, **fields):
    def apply(records):
        r = list(like)
        for name, value in fields.items():
            r[["time", "who", "a", "b", "process", "thread", "what"].index(name)] = value
        records.insert(i, r)
    return Edit(i, apply)


def change(i, **fields):
    def apply(records):
        for name, value in fields.items():
            records[i][["time", "who", "a", "b", "process", "thread", "what"].index(name)] = value
    return Edit(i, apply)


def busy_pause(log):
    """A pause behind which the gates open again, with traffic before it: (pause, its end, a burst before)."""
    i = 0
    while True:
        begin = log.find(event(PAUSE), i)
        end = log.find(event(PAUSE_OK), begin)
        bursts = [j for j in range(max(0, begin - 400), begin) if log.records[j][6] == BURST_OUT]
        if bursts and log.records[begin][1] == log.records[end][1]:
            return begin, end, bursts[-1]
        i = begin + 1


def port_record(log, i, kind, a=0, b=0):
    """A record of the port and thread of state record i."""
    r = log.records[i]
    return [r[0], r[1], a, b, r[4], r[5], kind, 1, 0]


# --- one function for each corruption: log -> Edit; LookupError where the log has no such place ---------------------

def pause_fails(log):
    i = log.find(event(PAUSE_OK))
    return change(i, a=log.records[i][2] | 7 << 24)


def transition_missing(log):
    return drop(log.find(event(RESTART_OK)))


def halt_from_running(log):
    i = log.find(event(RESTART_OK))
    a = RUNNING | HALTED << 8 | HALT << 16
    return add(i + 1, log.records[i], a=a)


def acquire_after_shutdown(log):
    i = log.find(event(SHUT))
    return add(i + 1, port_record(log, i, ACQUIRE, HARDWARE), thread=1)


def pause_twice(log):
    return repeat(log.find(event(PAUSE)))


def reset_never_ends(log):
    i = log.find(event(RESET))
    log.find(event(RESET), i + 1)
    return drop(log.find(lambda r: event(RESET_OK)(r) or event(RESET_FAILED)(r), i))


def burst_in_pause(log):
    _, end, burst = busy_pause(log)
    return add(end + 1, log.records[burst], what=BURST_IN)


def burst_behind_gate(log):
    begin, _, burst = busy_pause(log)
    close = log.back(what(GATE_CLOSE), begin)
    thread = log.records[burst][5]
    queue = log.records[close][2]
    def apply(records):
        for _ in range(2):
            records.insert(close + 1, [records[close][0], queue, 0, 0, records[close][4], thread, BURST_OUT, 1, 0])
            records.insert(close + 1, [records[close][0], queue, 0, 0, records[close][4], thread, BURST_IN, 1, 0])
    return Edit(close, apply)


def burst_never_leaves(log):
    _, _, burst = busy_pause(log)
    return drop(burst)


def handed_over_in_pause(log):
    begin, end, _ = busy_pause(log)
    app = log.back(what(MBUF_APP), begin)
    return add(end + 1, log.records[app])


def nothing_sent(log):
    post = log.find(lambda r: r[6] == BURST_OUT and r[2] == 1)
    while log.records[post - 1][6] != MBUF_POST:
        post = log.find(lambda r: r[6] == BURST_OUT and r[2] == 1, post + 1)
    return change(post, a=0)


def mbuf_stays_posted(log):
    end = log.find(event(PAUSE_OK))
    return drop(log.back(what(MBUF_FREE), end))


def freed_twice(log):
    return repeat(log.find(what(MBUF_FREE)))


def posted_twice(log):
    return repeat(log.find(what(MBUF_POST)))


def freed_under_dma(log):
    end = log.find(event(PAUSE_OK))
    return drop(log.back(what(DMA_OFF), end))


def restart_leaves(log):
    end = log.find(event(RESTART_FAILED))
    while log.records[end - 1][6] != RELEASED:
        end = log.find(event(RESTART_FAILED), end + 1)
    return drop(log.back(what(RELEASE), end))


def restart_leaves_unit(log):
    begin = log.find(event(RESTART))
    end = log.find(event(RESTART_FAILED), begin)
    begin = log.back(event(RESTART), end)
    bar = log.records[log.back(what(MMIO_WRITE), begin)][1]
    return add(end, port_record(log, end, MMIO_WRITE, TCTL, ENABLE), who=bar)


def initialize_leaves(log):
    end = log.find(event(INIT_FAILED))
    while log.records[end - 1][6] != RELEASED:
        end = log.find(event(INIT_FAILED), end + 1)
    return drop(log.back(what(RELEASE), end))


def halt_forgets(log):
    return drop(log.back(what(RELEASE, HARDWARE), log.find(event(HALT))))


def halt_out_of_order(log):
    i = log.find(event(HALT))
    return move(log.back(what(RELEASE, COUNTER_TIMER), i), log.back(what(RELEASED, HARDWARE), i))


def interrupt_after_release(log):
    i = log.find(what(RELEASED, HANDLER))
    return add(i + 1, log.records[i], what=HANDLER_IN, a=0)


def interrupts_unmasked(log):
    i = log.find(what(RELEASE, HANDLER))
    bar = log.records[log.back(what(MMIO_WRITE), i)][1]
    return add(i, log.records[i], what=MMIO_WRITE, who=bar, a=IMS, b=4)


def timer_after_release(log):
    i = log.find(what(RELEASED, COUNTER_TIMER))
    return add(i + 1, log.records[i], what=HANDLER_IN, a=1)


def timer_still_running(log):
    i = log.find(what(RELEASED, COUNTER_TIMER))
    return add(i, log.records[i], what=HANDLER_IN, a=1, thread=1)


def event_after_halt(log):
    i = log.find(event(HALT))
    return add(i + 1, port_record(log, i, EVENT, 1))


def register_after_halt(log):
    i = log.find(event(HALT))
    bar = log.records[log.back(what(MMIO_WRITE), i)][1]
    return add(i + 1, port_record(log, i, MMIO_WRITE, RCTL, 0), who=bar)


def call_inside_halt(log):
    i = log.back(what(RELEASE, COUNTER_TIMER), log.find(event(HALT)))
    return add(i, log.records[i], what=CALL_IN, a=CONTROL_SET, thread=1)


def reset_moves(log):
    i = log.find(event(RESET_OK))
    return change(i, a=log.records[i][2] & ~0xFFFF | RUNNING | PAUSED << 8)


def reset_loses_settings(log):
    begin = log.find(lambda r: event(RESET)(r) and r[2] & 255 == RUNNING)
    i = log.find(lambda r: r[6] == MMIO_WRITE and r[2] == RCTL and r[3] & ENABLE, begin)
    return change(i, b=log.records[i][3] ^ 8)


def gate_open_after_both(log):
    i = log.find(lambda r: event(RESET_OK)(r) and r[2] & 255 in (PAUSED, PAUSING))
    close = log.back(what(GATE_CLOSE), i)
    return add(i, log.records[close], what=GATE_OPEN)


def reset_keeps_frames(log):
    begin = log.find(lambda r: event(RESET)(r) and r[2] & 255 == RUNNING)
    while True:
        end = log.find(event(RESET_OK), begin)
        frees = [i for i in range(begin, end) if log.records[i][6] == MBUF_FREE]
        if frees:
            return drop(frees[0])
        begin = log.find(lambda r: event(RESET)(r) and r[2] & 255 == RUNNING, begin + 1)


def register_after_removal(log):
    i = log.find(lambda r: event(REMOVED)(r) and r[2] & 255 in (PAUSED, RUNNING))
    bar = log.records[log.back(what(MMIO_READ), i)][1]
    return add(i + 1, port_record(log, i, MMIO_WRITE, RCTL, 0), who=bar)


def removal_told_twice(log):
    return repeat(log.find(what(EVENT, INTR_RMV)))


def acquire_in_pause(log):
    i = log.find(event(PAUSE))
    return add(i + 1, port_record(log, i, ACQUIRE, RX_RING, 7))


def pause_lasts(log):
    i = log.find(event(PAUSE_OK))
    return change(i, time=log.records[i][0] + 2 * OVERDUE_NS)


def cycle_leaks(log):
    end = log.find(event(PAUSE_OK))
    return drop(log.back(what(RELEASE, TX_FRAMES), end))


def pause_hangs_in_callback(log):
    inside = log.find(what(HANDLER_IN, 3))
    thread = log.records[inside][5]
    out = log.find(lambda r: r[6] == HANDLER_OUT and r[5] == thread, inside)
    begin = log.find(lambda r: event(PAUSE)(r) and r[5] == thread, inside)
    while begin > out:
        inside = log.find(what(HANDLER_IN, 3), out)
        out = log.find(lambda r: r[6] == HANDLER_OUT and r[5] == thread, inside)
        begin = log.find(lambda r: event(PAUSE)(r) and r[5] == thread, inside)
    return change(log.find(event(PAUSE_OK), begin), time=log.records[begin][0] + 1_500_000_000)


def secondary_in_pause(log):
    _, end, burst = busy_pause(log)
    return add(end + 1, log.records[burst], what=BURST_IN, process=1, thread=1)


def unknown_queue(log):
    return change(log.find(what(BURST_IN)), who=0xDEAD0000)


def killed_then_wrong(log):
    """A second process takes over; its port must begin in Halted."""
    i = log.find(event(INIT_OK))
    begin = log.back(event(INIT), i)
    return Edit(begin, lambda records: records.insert(begin + 1, [
        *records[begin][:2], PAUSED | INITIALIZING << 8 | INIT << 16, 0, 2, 2, STATE, 1, 0]))


CORRUPTIONS = [
    ("I1", pause_fails), ("I2", transition_missing), ("I2", halt_from_running), ("I3", acquire_after_shutdown),
    ("I4", pause_twice), ("I4", reset_never_ends), ("I5", burst_in_pause), ("I5", burst_behind_gate),
    ("I5", burst_never_leaves), ("I6", handed_over_in_pause), ("I7", nothing_sent), ("I8", mbuf_stays_posted),
    ("I9", freed_twice), ("I9", posted_twice), ("I10", freed_under_dma), ("I11", restart_leaves),
    ("I11", restart_leaves_unit), ("I12", initialize_leaves), ("I13", halt_forgets), ("I13", halt_out_of_order),
    ("I14", interrupt_after_release), ("I14", interrupts_unmasked), ("I15", timer_after_release),
    ("I15", timer_still_running), ("I16", event_after_halt), ("I16", register_after_halt),
    ("I17", call_inside_halt), ("I2", reset_moves), ("I18", reset_loses_settings), ("I19", gate_open_after_both),
    ("I20", reset_keeps_frames), ("I21", register_after_removal), ("I21", removal_told_twice),
    ("I24", acquire_in_pause), ("I25", pause_lasts), ("I27", cycle_leaks), ("I29", pause_hangs_in_callback),
    ("I5", secondary_in_pause), ("I31", unknown_queue), ("I2", killed_then_wrong),
]


def main(logs):
    logs = [Log(data, count) for data, count in logs]
    bad = 0
    for invariant, corruption in CORRUPTIONS:
        verdict, complaints = "no log has the place", []
        for log in logs:
            try:
                edit = corruption(log)
            except LookupError:
                continue
            complaints = log.complaints(edit)
            verdict = "found" if invariant in complaints else f"NOT FOUND, only {sorted(set(complaints))}"
            break
        bad += verdict != "found"
        print(f"{invariant:4} {corruption.__name__:24} {verdict}")
    print(f"self test: {len(CORRUPTIONS) - bad} of {len(CORRUPTIONS)} corruptions found")
    return 1 if bad else 0

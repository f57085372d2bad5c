#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""check.py [--prefix] LOG...: verifies the invariants of lifecycle.md §5 in logs of the probes (lib/adapter/probe.hpp).

The state of each port is derived from the records alone. A log says in what order things happened, up to the
moment between an action and its record; where a thread may have been interrupted there, a check believes only what
follows from a later record of that same thread. A log holds one primary process at a time, and any secondaries.
"""

import argparse
import mmap
import os
import struct
import sys
from collections import Counter

RECORD = struct.Struct("<QQQQIIHHI")    # time, who, a, b, process, thread, what, complete, unused
HEAD = struct.Struct("<QQ")             # next, capacity

(STATE, ACQUIRE, RELEASE, RELEASED, GATE_OPEN, GATE_CLOSE, BURST_IN, BURST_OUT, MBUF_POST, MBUF_APP, MBUF_FREE,
 MMIO_READ, MMIO_WRITE, HANDLER_IN, HANDLER_OUT, CALL_IN, CALL_OUT, EVENT, DMA_OFF) = range(1, 20)
WHAT = ["?", "state", "acquire", "release", "released", "gate_open", "gate_close", "burst_in", "burst_out",
        "mbuf_post", "mbuf_app", "mbuf_free", "mmio_read", "mmio_write", "handler_in", "handler_out", "call_in",
        "call_out", "event", "dma_off"]

HALTED, INITIALIZING, PAUSED, RESTARTING, RUNNING, PAUSING, SHUTDOWN = range(7)
STATES = ["Halted", "Initializing", "Paused", "Restarting", "Running", "Pausing", "Shutdown"]
(INIT, INIT_OK, INIT_FAILED, RESTART, RESTART_OK, RESTART_FAILED, PAUSE, PAUSE_OK, HALT, SHUT, RESET, RESET_OK,
 RESET_FAILED, REMOVED) = range(14)
EVENTS = ["initialize", "initialize complete", "initialize failed", "restart", "restart complete", "restart failed",
          "pause", "pause complete", "halt", "shutdown", "reset", "reset complete", "reset failed", "removed"]
LIFE = {(HALTED, INIT): INITIALIZING, (INITIALIZING, INIT_OK): PAUSED, (INITIALIZING, INIT_FAILED): HALTED,
        (PAUSED, RESTART): RESTARTING, (RESTARTING, RESTART_OK): RUNNING, (RESTARTING, RESTART_FAILED): PAUSED,
        (RUNNING, PAUSE): PAUSING, (PAUSING, PAUSE_OK): PAUSED, (PAUSED, HALT): HALTED,
        **{(s, SHUT): SHUTDOWN for s in (PAUSED, RESTARTING, RUNNING, PAUSING)}}
MOVES = {(f, t) for (f, _), t in LIFE.items()}
REMOVED_FLAG = 1
DEVICE_STOPPED = 6

# Kinds of the ledger, in the order of drivers/net/miniport/port.hpp.
KINDS = ["hardware", "counter timer", "watchdog", "interrupt handler", "interrupt vector", "link cause", "rx ring",
         "tx ring", "tx frames", "rx buffers", "dma", "units", "bursts"]
(HARDWARE, COUNTER_TIMER, WATCHDOG, HANDLER, VECTOR, LINK_CAUSE, RX_RING, TX_RING, TX_FRAMES, RX_BUFFERS, DMA, UNITS,
 BURSTS) = range(13)
CALLBACKS = ["interrupt", "counters", "watchdog", "removal", "pause completion"]
CALLBACK_KIND = {0: HANDLER, 1: COUNTER_TIMER, 2: WATCHDOG}
AWAITED = {kind: callback for callback, kind in CALLBACK_KIND.items()}
CONTROL_SET, IDENTITY, QUEUE_SETUP = 11, 13, 14
INTR_RMV = 6                            # rte_eth_event_type

CTRL, STATUS, IMS, IMC, RCTL, TCTL, RDLEN, TDLEN = 0, 0x8, 0xD0, 0xD8, 0x100, 0x400, 0x2808, 0x3808
ENABLE = 2                              # RCTL.EN, TCTL.EN
MASTER_DISABLE = 4                      # CTRL: the first write of an attach
SETTINGS = {RDLEN, TDLEN} | set(range(0x5400, 0x5480, 4))   # ring sizes and station addresses
SILENCE = {IMC, RCTL, TCTL}             # what shutdown writes
ALL_ONES = 0xFFFFFFFF

DEADLINE_NS = 2_000_000_000             # after which a pause goes on without a burst (I25)
OVERDUE_NS = 10_000_000_000


class Queue:
    __slots__ = ("port", "tx", "closed", "contested", "drained", "inside", "process", "bursts", "foreign", "posted",
                 "here", "given", "stranded", "opener")

    def __init__(self):
        self.port, self.tx = None, None
        self.closed, self.contested, self.drained = 0, False, True      # closed: the record's number; -1: open
        self.inside, self.process = 0, 0                                # thread and process in a burst
        self.bursts = self.foreign = self.posted = self.here = self.given = 0
        self.stranded, self.opener = False, 0


class Port:
    def __init__(self, address, primary):
        self.address, self.primary = address, primary
        self.state = self.before = HALTED
        self.late = None                # a transition that a shutdown overtook in the log
        self.thread = 0                 # whose transition is under way
        self.live, self.held = [], None # held: what was live at restart
        self.at_init = []
        self.queues = {}
        self.bar, self.lives = None, 0
        self.dma = self.gone = False
        self.masked, self.rctl, self.tctl, self.settings = True, 0, 0, {}
        self.hardware = None            # rctl, tctl and mask at restart
        self.digest = None              # settings at the last pause; None where a call may have changed them
        self.halt_began, self.halt_order, self.halt_released = None, [], []
        self.ended = set()              # kinds of callbacks that were released in this life
        self.op_ns = 0
        self.paused_at, self.pause_ns, self.pause_in_handler = None, 0, False
        self.reset = None               # (state, settings) at its begin
        self.both = False               # a pause and a reset were under way together
        self.calls, self.handlers = {}, []
        self.removed = self.settled = None
        self.rmv_events = 0
        self.in_flight = set()          # threads whose work a shutdown overtook
        self.after_kill = False


class Check:
    def __init__(self, data, count):
        self.data, self.count = data, count
        self.violations, self.seen, self.notes = [], Counter(), Counter()
        self.longest_pause_ns = 0
        self.ports, self.queues, self.bars = {}, {}, {}
        self.owner, self.more = {}, {}  # mbuf: its queue; and further queues, for references that tx holds twice
        self.last = {}                  # thread: number of its last record
        self.process_last, self.maybe_dead = {}, []

    # --- reporting ----------------------------------------------------------------------------------------------

    def fail(self, invariant, number, text):
        self.violations.append((invariant, number, text))

    def record(self, number):
        return RECORD.unpack_from(self.data, number * RECORD.size)

    def describe(self, number):
        time_ns, who, a, b, process, thread, what, complete, _ = self.record(number)
        if what == STATE:
            text = (f"{STATES[a & 255]} -> {STATES[a >> 8 & 255]} ({EVENTS[a >> 16 & 255]}), status {a >> 24 & 255}, "
                    f"action {a >> 32 & 255}, flags {b}") if (a & 255) < 7 and (a >> 16 & 255) < 14 else f"{a:#x}"
        elif what in (ACQUIRE, RELEASE, RELEASED):
            text = f"{KINDS[a] if a < len(KINDS) else a} {b}"
        elif what in (HANDLER_IN, HANDLER_OUT):
            text = CALLBACKS[a] if a < len(CALLBACKS) else str(a)
        else:
            text = f"{a:#x} {b:#x}"
        torn = "" if complete else " INCOMPLETE"
        return f"{number:9} {time_ns / 1e9:.6f} {process}/{thread} {who:#x} {WHAT[min(what, 19)]} {text}{torn}"

    def report(self, most=20, around=4):
        for invariant, number, text in self.violations[:most]:
            print(f"VIOLATION {invariant} at record {number}: {text}")
            for i in range(max(0, number - around), min(self.count, number + 2)):
                print(f"  {'>' if i == number else ' '} {self.describe(i)}")
        if len(self.violations) > most:
            print(f"and {len(self.violations) - most} violations more")

    # --- helpers ------------------------------------------------------------------------------------------------

    def port(self, who, process):
        p = self.ports.get(who)
        if p is None:
            p = self.ports[who] = Port(who, process)
        return p

    def unbind(self, p):
        if p.bar is not None and self.bars.get(p.bar) is p:
            del self.bars[p.bar]
        p.bar = None

    def drop_queue(self, address):
        q = self.queues.pop(address, None)
        if q is None:
            return
        if q.port is not None:
            q.port.queues.pop(address, None)
        if q.posted:
            for mbuf in [m for m, o in self.owner.items() if o == address]:
                del self.owner[mbuf]
                self.more.pop(mbuf, None)

    def new_session(self, process):
        """Another primary process: what the last one left behind is gone with it."""
        killed = False
        for p in [p for p in self.ports.values() if p.primary != process]:
            killed |= p.state not in (HALTED, SHUTDOWN)
            for address in list(p.queues):
                self.drop_queue(address)
            self.unbind(p)
            del self.ports[p.address]
        return killed

    def settle(self, p, number, now_ns):
        """Every burst has ended, or is known to have died or outlasted the deadline (I5, I30)."""
        for q in p.queues.values():
            q.drained = True
            if q.inside:
                waited = now_ns - p.pause_ns if p.paused_at is not None else now_ns - p.op_ns
                if waited >= DEADLINE_NS:
                    q.stranded = True
                    self.notes["bursts that outlasted a pause"] += 1
                else:
                    self.maybe_dead.append((number, q.process, q.inside, q))
                    q.inside = 0
                    q.posted = None     # what it took from the pool meanwhile is lost with it
            if q.bursts:
                self.seen["I5"] += 1
            if q.foreign:
                self.seen["I30"] += 1
            q.bursts = q.foreign = 0

    def all_posted(self, p):
        return sum(q.posted or 0 for q in p.queues.values() if not q.stranded)

    def gates_closed(self, p):
        return all(q.closed >= 0 for q in p.queues.values())

    # --- records ------------------------------------------------------------------------------------------------

    def on_state(self, i, now, who, a, b, process, thread):
        f, t, on, result, action = a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24 & 255, a >> 32 & 255
        fail, seen = self.fail, self.seen
        known = self.ports.get(who)
        if on == INIT and (known is None or known.primary != process):
            if any(p.primary != process for p in self.ports.values()):
                killed = self.new_session(process)
                p = self.port(who, process)
                p.after_kill = killed
                self.killed = killed
            else:
                p = self.port(who, process)
                p.after_kill = getattr(self, "killed", False)
        else:
            p = self.port(who, process)
        if p.removed is not None and not b & REMOVED_FLAG:
            if p.state != HALTED and p.state != SHUTDOWN:
                fail("I21", i, "a removed adapter is no longer removed")
            p.removed, p.settled, p.rmv_events = None, None, 0      # another adapter at the same place
        if t > SHUTDOWN or on > REMOVED:
            return fail("I2", i, "no state or event")

        # I2, with what a shutdown on another thread may have overtaken.
        seen["I2"] += 1
        if on == REMOVED:
            if f != t or f != p.state and f != p.before and (p.state, f) not in MOVES:
                fail("I2", i, f"removed in {STATES[f]}, but the port is {STATES[p.state]}")
        elif on in (RESET, RESET_OK, RESET_FAILED):
            if f != t or f != p.state:
                fail("I2", i, f"{EVENTS[on]} in {STATES[f]} -> {STATES[t]}, but the port is {STATES[p.state]}")
        elif p.late == (f, t):
            p.late = None
            return None
        elif LIFE.get((f, on)) != t:
            fail("I2", i, f"no such transition: {STATES[f]} -> {STATES[t]} by {EVENTS[on]}")
        elif f != p.state:
            if on == SHUT and (p.state, f) in MOVES:
                p.late = (p.state, f)
            else:
                fail("I2", i, f"from {STATES[f]}, but the port is {STATES[p.state]}")
        if p.state == SHUTDOWN and on not in (RESET_OK, RESET_FAILED, REMOVED):
            fail("I3", i, f"{EVENTS[on]} after shutdown")

        if on < SHUT:
            if f != t:
                p.before = p.state
            p.state = t
        if any(h[0] == thread for h in p.handlers) and on in (PAUSE, HALT):
            seen["I29"] += 1

        if on == INIT:
            p.thread, p.op_ns, p.lives = thread, now, p.lives + 1
            p.at_init = sorted(p.live)
            self.unbind(p)
            p.ended.clear()
            p.dma = p.gone = False
            p.masked, p.rctl, p.tctl, p.settings, p.digest = True, 0, 0, {}, None
            if p.pause_ns and p.paused_at is not None:
                fail("I4", i, "initialize inside a pause")
        elif on == INIT_OK:
            p.thread = 0
        elif on == INIT_FAILED:
            p.thread = 0
            seen["I12"] += 1
            if sorted(p.live) != p.at_init:
                fail("I12", i, f"a failed initialize leaves {self.names(p.live)}, before it {self.names(p.at_init)}")
        elif on == RESTART:
            p.thread, p.op_ns = thread, now
            p.held = list(p.live)
            p.hardware = (p.rctl & ENABLE, p.tctl & ENABLE, p.masked)
            if p.paused_at is not None:
                fail("I4", i, "restart inside a pause")
        elif on == RESTART_OK:
            p.thread = 0
            if p.after_kill:
                seen["I32"] += 1
                p.after_kill = False
            if p.digest is not None and not p.gone and p.digest != (p.rctl, dict(p.settings)):
                fail("I27", i, f"settings differ from those at the last pause: {self.difference(p)}")
        elif on == RESTART_FAILED:
            p.thread = 0
            seen["I11"] += 1
            if p.live != p.held:
                fail("I11", i, f"a failed restart leaves {self.names(p.live)}, before it {self.names(p.held)}")
            if not p.gone and p.removed is None and (p.rctl & ENABLE, p.tctl & ENABLE, p.masked) != p.hardware:
                fail("I11", i, f"(RCTL.EN, TCTL.EN, masked) {(p.rctl & ENABLE, p.tctl & ENABLE, p.masked)} after a "
                               f"failed restart, {p.hardware} before it")
            if not self.gates_closed(p):
                fail("I11", i, "a gate is open after a failed restart")
            if self.all_posted(p):
                fail("I8", i, f"{self.all_posted(p)} mbufs are posted after a failed restart")
        elif on == PAUSE:
            if p.paused_at is not None:
                fail("I4", i, "a second pause begins")
            p.thread, p.paused_at, p.pause_ns = thread, i, now
            p.pause_in_handler = any(h[0] == thread for h in p.handlers)
            p.both |= p.reset is not None
            if not self.gates_closed(p):
                fail("I5", i, "pausing, and a gate is open")
            p.digest = (p.rctl, dict(p.settings))
        elif on == PAUSE_OK:
            self.pause_complete(i, now, p, result)
        elif on == HALT:
            self.halt_complete(i, p, action)
        elif on == SHUT:
            seen["I3"] += 1
            p.before, p.state = p.state, SHUTDOWN
            p.in_flight = set(p.calls) | {h[0] for h in p.handlers} | {thread}
            if p.thread:
                p.in_flight.add(p.thread)
            if p.reset is not None or p.halt_began is not None or p.state in (RESTARTING, PAUSING):
                p.in_flight.add(p.thread)
            p.paused_at = None
        elif on == RESET:
            if p.reset is not None:
                fail("I4", i, "a second reset begins")
            p.reset = (p.state, p.rctl, dict(p.settings), i)
            p.both |= p.state == PAUSING
            p.op_ns = now
        elif on in (RESET_OK, RESET_FAILED):
            self.reset_complete(i, p, on)
        elif on == REMOVED:
            if p.removed is not None:
                fail("I21", i, "removed twice")
            seen["I21"] += 1
            p.removed, p.remover, p.settled = i, thread, None
        return None

    @staticmethod
    def names(live):
        return "[" + ", ".join(f"{KINDS[k]} {n}" for k, n in live) + "]"

    @staticmethod
    def difference(p):
        rctl, settings = p.digest
        changed = {hex(o): (hex(settings.get(o, 0)), hex(p.settings.get(o, 0)))
                   for o in settings.keys() | p.settings.keys() if settings.get(o) != p.settings.get(o)}
        return f"RCTL {rctl:#x} -> {p.rctl:#x} {changed}"

    def pause_complete(self, i, now, p, result):
        fail, seen = self.fail, self.seen
        p.thread = 0
        seen["I1"] += 1
        seen["I4"] += 1
        if result != 0:
            fail("I1", i, f"a pause that ends with status {result}")
        if p.paused_at is None:
            fail("I4", i, "a pause ends that never began")
        else:
            took = now - p.pause_ns
            self.longest_pause_ns = max(self.longest_pause_ns, took)
            seen["I25"] += 1
            seen["I24"] += 1
            if took > OVERDUE_NS:
                fail("I25", i, f"the pause took {took / 1e9:.1f} s")
            if p.pause_in_handler and took > 1_000_000_000:
                fail("I29", i, f"a pause from inside a callback took {took / 1e9:.1f} s")
        p.paused_at = None
        if not self.gates_closed(p):
            fail("I19" if p.both else "I5", i, "a gate is open after the pause")
        if any(not q.drained for q in p.queues.values()):
            fail("I5", i, "the pause ended without an end of the bursts")
        seen["I8"] += 1
        if self.all_posted(p):
            fail("I8", i, f"{self.all_posted(p)} mbufs are posted after the pause")
        if p.dma and p.removed is None and not p.gone:
            fail("I10", i, "paused, and DMA was not seen to end")
        seen["I27"] += 1
        if p.live != p.held:
            fail("I27", i, f"after the pause {self.names(p.live)}, before the restart {self.names(p.held)}")
        if p.both and p.reset is None:
            seen["I19"] += 1
            p.both = False

    def halt_complete(self, i, p, action):
        fail, seen = self.fail, self.seen
        seen["I13"] += 1
        seen["I16"] += 1
        seen["I17"] += 1
        if p.paused_at is not None:
            fail("I4", i, "halt inside a pause")
        first = [e for e in p.halt_order if COUNTER_TIMER <= e[0] <= LINK_CAUSE]
        wanted = first + [e for e in p.halt_order if e not in first]
        released = p.halt_released
        if action == DEVICE_STOPPED:
            wanted = [e for e in wanted if e[0] not in (RX_RING, TX_RING)]
        if released != wanted:
            fail("I13", i, f"released {self.names(released)}, not {self.names(wanted)}")
        rest = [e for e in p.live if e[0] not in (RX_RING, TX_RING) or action != DEVICE_STOPPED]
        if rest:
            fail("I13", i, f"halted, but holds {self.names(rest)}")
        if self.all_posted(p):
            fail("I8", i, f"{self.all_posted(p)} mbufs are posted after halt")
        if any(h[0] != self.thread for h in p.handlers if h[1] in CALLBACK_KIND):
            fail("I15", i, "halted, and a callback is still running")
        p.halt_began, p.reset, p.both, p.digest = None, None, False, None

    def reset_complete(self, i, p, on):
        fail, seen = self.fail, self.seen
        seen["I4"] += 1
        if p.reset is None:
            return fail("I4", i, "a reset ends that never began")
        state, rctl, settings, _ = p.reset
        p.reset = None
        seen["I18"] += 1
        if on == RESET_OK and not p.gone and p.removed is None and p.state in (RUNNING, PAUSED):
            addresses = {o: v for o, v in settings.items() if o >= 0x5400}
            same = {o: v for o, v in p.settings.items() if o >= 0x5400} == addresses
            if state == p.state == RUNNING and (rctl != p.rctl or settings != p.settings) or not same:
                fail("I18", i, f"settings after the reset are not those before it (RCTL {rctl:#x} -> {p.rctl:#x})")
        if p.state == RUNNING and on == RESET_OK:
            seen["I20"] += 1
        if p.state in (PAUSED, PAUSING, SHUTDOWN) and not self.gates_closed(p):
            fail("I19", i, f"the reset opened a gate in {STATES[p.state]}")
        if p.both and p.state == PAUSED:
            seen["I19"] += 1
            p.both = False
        return None

    def on_acquire(self, i, p, a, b, thread):
        if p.state == SHUTDOWN and thread not in p.in_flight:
            self.fail("I3", i, "acquires after shutdown")
        if p.paused_at is not None and p.state == PAUSING:
            self.fail("I24", i, f"acquires {KINDS[a]} inside a pause")
        if (a, b) in p.live:
            self.fail("I13", i, f"{KINDS[a]} {b} is held already")
        if p.state not in (INITIALIZING, RESTARTING, SHUTDOWN) and thread not in p.calls:
            self.fail("I16" if p.state == HALTED else "I13", i, f"acquires {KINDS[a]} in {STATES[p.state]}")
        p.live.append((a, b))

    def on_release(self, i, now, p, a, b, thread):
        fail, e = self.fail, (a, b)
        if e not in p.live:
            return fail("I13", i, f"releases {KINDS[a]} {b}, which it does not hold")
        if p.state == SHUTDOWN and thread not in p.in_flight:
            fail("I3", i, "releases after shutdown")
        if p.state in (HALTED, RUNNING):
            fail("I16" if p.state == HALTED else "I2", i, f"releases {KINDS[a]} in {STATES[p.state]}")
        if p.state in (PAUSING, RESTARTING):
            if e != p.live[-1]:
                fail("I13", i, f"releases {KINDS[a]} before {KINDS[p.live[-1][0]]}, which came later")
            if a == BURSTS:
                self.settle(p, i, now)
        elif p.state == INITIALIZING and thread not in p.calls:
            later = [l for l in p.live[p.live.index(e) + 1:] if l[0] not in (RX_RING, TX_RING)]
            if later:
                fail("I13", i, f"releases {KINDS[a]} before {KINDS[later[-1][0]]}, which came later")
        elif p.state == PAUSED and thread not in p.calls:
            if p.halt_began is None:
                p.halt_began, p.halt_order, p.halt_released = i, p.live[::-1], []
                if other := [r for t, r in p.calls.items() if t != thread]:
                    fail("I17", i, f"a halt begins inside a call of another thread (request {other[0]})")
                if self.all_posted(p):
                    fail("I17", i, f"a halt begins with {self.all_posted(p)} mbufs posted")
            p.halt_released.append(e)
        if a not in AWAITED and a not in (VECTOR, LINK_CAUSE) and p.state == PAUSED and thread not in p.calls:
            if held := [l for l in p.live if COUNTER_TIMER <= l[0] <= LINK_CAUSE]:
                fail("I14", i, f"releases {KINDS[a]} while {self.names(held)} may still call")
        if a in (RX_RING, TX_RING):
            self.seen["I10"] += 1
            if p.dma and p.removed is None and not p.gone:
                fail("I10", i, f"releases a {KINDS[a]} while the device may do DMA")
        if a == HANDLER:
            self.seen["I14"] += 1
            if not p.masked and p.removed is None and not p.gone:
                fail("I14", i, "unregisters the interrupt handler with interrupts unmasked")
        p.live.remove(e)
        return None

    def on_released(self, i, p, a, thread):
        if a in AWAITED:
            p.ended.add(a)
            self.seen["I14" if a == HANDLER else "I15"] += 1
            if any(t != thread and callback == AWAITED[a] for t, callback in p.handlers):
                self.fail("I14" if a == HANDLER else "I15", i, f"{KINDS[a]} released while its callback runs")
        elif a in (RX_RING, TX_RING):
            for address in [n for n, q in p.queues.items() if q.tx in (None, a == TX_RING)]:
                q = self.queues[address]
                if q.posted and not q.stranded:
                    self.fail("I8", i, f"a ring with {q.posted} mbufs posted is released")
                self.drop_queue(address)

    def on_gate(self, i, p, what, address, thread):
        q = self.queues.get(address)
        if q is None:
            q = self.queues[address] = Queue()
        if q.port is not p:
            q.port = p
            p.queues[address] = q
        if what == GATE_CLOSE:
            if q.closed < 0:
                q.closed = i
                q.contested = q.opener != thread and (p.state == RESTARTING or p.reset is not None)
            return
        if p.state not in (RESTARTING, RUNNING, SHUTDOWN):
            self.fail("I19" if p.reset is not None else "I5", i, f"opens a gate in {STATES[p.state]}")
        if q.tx is None:
            q.tx = True                 # a receive queue has had its buffers posted before its gate opens
        if q.tx and q.posted and not q.stranded:
            self.fail("I20" if p.reset is not None else "I8", i, f"opens with {q.posted} frames of before in the ring")
        if q.posted is None:
            q.posted = 0
        q.closed, q.drained, q.contested, q.stranded, q.opener = -1, False, False, False, thread

    def on_mbuf(self, i, what, who, a, thread):
        """The slow paths of the loop: an mbuf that is not where it ought to be, or a queue not known yet."""
        q = self.queues.get(who)
        if q is None:
            q = self.queues[who] = Queue()
        if what == MBUF_POST:
            other = self.owner.get(a)
            if other is not None:
                if q.tx and self.queues.get(other) is not None and self.queues[other].tx:
                    self.more.setdefault(a, []).append(who)
                    if q.posted is not None:
                        q.posted += 1
                    return
                self.fail("I9", i, f"mbuf {a:#x} is posted, and is posted already on queue {other:#x}")
            self.owner[a] = who
            if q.posted is not None:
                q.posted += 1
            if q.tx is None:
                q.tx = False
                for p in self.ports.values():
                    if p.thread == thread and p.state == RESTARTING:
                        q.port = p
                        p.queues[who] = q
            return
        queues = self.more.get(a)
        if queues and (self.owner.get(a) == who or who in queues):
            if self.owner[a] == who:
                self.owner[a] = queues.pop()
            else:
                queues.remove(who)
            if not queues:
                del self.more[a]
            if q.posted is not None:
                q.posted -= 1
            return
        if q.posted is not None:        # of what a dead process left, nothing is known
            self.fail("I9", i, f"mbuf {a:#x} is {'freed' if what == MBUF_FREE else 'handed over'}, but not posted here")

    def on_free_outside(self, i, q):
        p = q.port
        self.seen["I10"] += 1
        if p is not None and p.dma and p.removed is None and not p.gone:
            self.fail("I10", i, "an mbuf of a ring is freed while the device may do DMA")

    def on_mmio(self, i, what, who, a, b, process, thread):
        p = self.bars.get(who)
        if p is None:
            for p in self.ports.values():
                if p.thread == thread and p.state == INITIALIZING and p.bar is None:
                    p.bar = who
                    self.bars[who] = p
                    break
            else:
                if what == MMIO_WRITE and a == CTRL and b & MASTER_DISABLE:
                    self.attached(None, process)
                return
        if what == MMIO_READ:
            if a == STATUS:
                p.gone = b == ALL_ONES
            if p.state == HALTED and a not in (CTRL, STATUS, RCTL) and p.primary == process:
                self.fail("I16", i, f"reads register {a:#x} in Halted")
        else:
            if a == CTRL and b & MASTER_DISABLE and (
                    p.state == HALTED or p.primary != process or p.state == SHUTDOWN and thread != p.thread):
                return self.attached(p, process)
            if p.state == HALTED:
                self.fail("I16", i, f"writes register {a:#x} in Halted")
            elif p.state == SHUTDOWN and a not in SILENCE and thread not in p.in_flight:
                self.fail("I3", i, f"writes register {a:#x} after shutdown")
            if a == RCTL:
                p.rctl = b
                p.dma |= bool(b & ENABLE)
            elif a == TCTL:
                p.tctl = b
                p.dma |= bool(b & ENABLE)
            elif a == IMC:
                p.masked = p.masked or b == ALL_ONES
            elif a == IMS:
                p.masked = p.masked and b == 0
            elif a in SETTINGS:
                p.settings[a] = b
        if p.removed is not None and p.primary == process and not (
                p.state == HALTED and what == MMIO_READ):   # an attach begins with reads
            last = self.last
            if p.settled is None and last.get(p.remover, 0) > p.removed:
                p.settled = i
            if thread == p.remover or p.settled is not None and last.get(thread, -1) >= p.settled:
                self.fail("I21", i, f"{'reads' if what == MMIO_READ else 'writes'} register {a:#x} after the removal")
        return None

    def attached(self, p, process):
        """The probe of a device: what follows there is another adapter, perhaps at the same address."""
        for one in [p] if p else [o for o in self.ports.values() if o.bar is None and o.primary == process]:
            self.unbind(one)
            if one.state == HALTED:
                one.removed, one.settled, one.rmv_events, one.lives = None, None, 0, 0

    def on_handler(self, i, p, what, a, thread):
        if what == HANDLER_OUT:
            if (thread, a) in p.handlers:
                p.handlers.remove((thread, a))
            return
        kind = CALLBACK_KIND.get(a)
        name = CALLBACKS[a] if a < len(CALLBACKS) else a
        if kind is not None:
            self.seen["I14" if kind == HANDLER else "I15"] += 1
            if kind in p.ended:
                self.fail("I14" if kind == HANDLER else "I15", i, f"callback {name} after its release")
        elif p.state == HALTED and p.lives:
            self.fail("I16", i, f"callback {name} in Halted")
        p.handlers.append((thread, a))

    def on_call(self, i, p, what, a, thread):
        if what == CALL_OUT:
            p.calls.pop(thread, None)
            return
        p.calls[thread] = a
        p.digest = None
        if p.state == HALTED and a not in (CONTROL_SET, IDENTITY):
            self.fail("I16", i, f"request {a} is performed in Halted")
        if p.state == SHUTDOWN and a != IDENTITY:
            self.fail("I3", i, f"request {a} is performed after shutdown")
        if p.halt_began is not None:
            self.fail("I17", i, f"request {a} is performed inside a halt")

    def on_event(self, i, p, a):
        if a == INTR_RMV:
            p.rmv_events += 1
            if p.removed is None:
                self.fail("I21", i, "INTR_RMV of an adapter that is not removed")
            elif p.rmv_events > 1:
                self.fail("I21", i, "a second INTR_RMV")
        if p.state == HALTED:
            self.fail("I16", i, f"event {a} in Halted")
        if p.state == SHUTDOWN:
            self.fail("I3", i, f"event {a} after shutdown")

    def on_dma_off(self, i, now, p):
        self.seen["I10"] += 1
        if (p.rctl | p.tctl) & ENABLE and p.removed is None and not p.gone:
            self.fail("I10", i, f"no DMA, it says, but RCTL is {p.rctl:#x} and TCTL {p.tctl:#x}")
        p.dma = False
        if p.reset is not None and p.state == RUNNING:
            self.settle(p, i, now)

    # --- the loop -----------------------------------------------------------------------------------------------

    def run(self):
        queues, owner, more, last, seen, fail = (self.queues, self.owner, self.more, self.last, self.seen, self.fail)
        apps = posts = 0
        torn = []
        i = -1
        for now, who, a, b, process, thread, what, complete, _ in RECORD.iter_unpack(
                memoryview(self.data)[:self.count * RECORD.size]):
            i += 1
            if not complete:
                torn.append(i)
                continue
            if what == BURST_IN:
                q = queues.get(who)
                if q is None:
                    fail("I31", i, "a burst of a queue that never opened")
                else:
                    if q.closed >= 0:
                        if q.drained:
                            state = q.port.state if q.port else HALTED
                            fail("I16" if state == HALTED else "I5", i, f"a burst enters in {STATES[state]}, drained")
                        elif not q.contested and last.get(thread, -1) > q.closed:
                            fail("I5", i, "a burst enters behind a closed gate")
                    q.inside, q.process, q.here, q.given = thread, process, 0, 0
                    q.bursts += 1
                    if process != q.port.primary:
                        q.foreign += 1
            elif what == BURST_OUT:
                q = queues.get(who)
                if q is not None:
                    if q.inside == thread:
                        if q.tx and q.here and not a or not q.tx and (q.given and not a or a > q.given):
                            fail("I7" if q.tx else "I6", i, f"a burst says {a}, and moved {q.here or q.given} mbufs")
                        if q.tx and a:
                            seen["I7"] += 1
                        if not q.stranded:
                            q.inside = 0
                    elif q.closed < 0:
                        fail("I5", i, "a burst ends that never began")
                    if q.stranded:
                        q.inside = 0
            elif what == MBUF_POST:
                q = queues.get(who)
                if q is None or a in owner or q.posted is None or q.tx is None:
                    self.on_mbuf(i, what, who, a, thread)
                    q = queues[who]
                else:
                    owner[a] = who
                    q.posted += 1
                posts += 1
                if q.inside == thread:
                    q.here += q.tx is True
                    if q.drained and not q.stranded:
                        fail("I6", i, "a burst posts an mbuf in a drained queue")
                elif not q.drained:
                    fail("I5", i, "an mbuf is posted into an open queue from outside of a burst")
            elif what == MBUF_APP or what == MBUF_FREE:
                q = queues.get(who)
                if q is None or a in more or owner.get(a) != who:
                    self.on_mbuf(i, what, who, a, thread)
                    q = queues[who]
                else:
                    del owner[a]
                    if q.posted is not None:
                        q.posted -= 1
                if what == MBUF_APP:
                    apps += 1
                    q.given += 1
                    if q.drained and not q.stranded or q.inside != thread:
                        fail("I6", i, "an mbuf is handed to the application outside of a burst, or in a drained queue")
                elif q.inside != thread:
                    self.on_free_outside(i, q)
            elif what == MMIO_READ or what == MMIO_WRITE:
                self.on_mmio(i, what, who, a, b, process, thread)
            elif what == STATE:
                self.thread = thread
                self.on_state(i, now, who, a, b, process, thread)
            else:
                p = self.port(who, process)
                if what == ACQUIRE:
                    self.on_acquire(i, p, a, b, thread)
                elif what == RELEASE:
                    self.on_release(i, now, p, a, b, thread)
                elif what == RELEASED:
                    self.on_released(i, p, a, thread)
                elif what == GATE_OPEN or what == GATE_CLOSE:
                    self.on_gate(i, p, what, a, thread)
                elif what == HANDLER_IN or what == HANDLER_OUT:
                    self.on_handler(i, p, what, a, thread)
                elif what == CALL_IN or what == CALL_OUT:
                    self.on_call(i, p, what, a, thread)
                elif what == EVENT:
                    self.on_event(i, p, a)
                elif what == DMA_OFF:
                    self.on_dma_off(i, now, p)
                else:
                    fail("I2", i, f"no kind of record: {what}")
            last[thread] = i
        seen["I6"] += apps
        seen["I9"] += apps + posts
        if torn:
            self.notes["records that were never finished"] = len(torn)
        self.bury()
        return self

    def bury(self):
        """A burst that was inside at the end of a pause must belong to a process that had died (I30)."""
        for number, process, thread, _ in self.maybe_dead:
            if self.last.get(thread, -1) > number:
                self.fail("I5", number, f"drained, but thread {thread} of process {process} is inside a burst")
            else:
                self.seen["I30"] += 1
                self.notes["bursts whose process died inside"] += 1
        self.violations.sort(key=lambda v: v[1])

    def summary(self):
        exercised = sorted(self.seen, key=lambda name: int(name[1:]))
        return (f"trace: {self.count} records, {len(self.violations)} violations, exercised: {' '.join(exercised)}")


# What a log cannot show is other tests' matter (run.py): I22 I23 I26 I28 and most of I31.
SHOWN = [n for n in range(1, 33) if n not in (22, 23, 26, 28)]


def load(path, prefix):
    """(records, how many, how many there would have been)."""
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size < HEAD.size:
            sys.exit(f"check.py: {path} is no log of the probes")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    wanted, capacity = HEAD.unpack_from(data)
    if wanted > capacity and not prefix:
        sys.exit(f"check.py: {path} overflowed: {wanted} records, room for {capacity}; --prefix checks those it holds")
    count = min(wanted, capacity, (len(data) - HEAD.size) // RECORD.size)
    return memoryview(data)[HEAD.size:HEAD.size + count * RECORD.size], count, wanted


def main():
    parser = argparse.ArgumentParser(description="Verify the invariants of lifecycle.md §5 in logs of the probes.")
    parser.add_argument("log", nargs="+")
    parser.add_argument("--prefix", action="store_true", help="check what a log that overflowed holds")
    parser.add_argument("--self-test", action="store_true", help="check that each check finds what corrupts a log")
    parser.add_argument("--most", type=int, default=20, metavar="N", help="violations to print (default: %(default)s)")
    given = parser.parse_args()
    if given.self_test:
        sys.dont_write_bytecode = True
        import corrupt
        return corrupt.main([load(path, True)[:2] for path in given.log])
    bad = 0
    for path in given.log:
        data, count, wanted = load(path, given.prefix)
        check = Check(data, count).run()
        if wanted > count:
            print(f"{path}: the first {count} of {wanted} records")
        check.report(given.most)
        for n in SHOWN:
            print(f"I{n:<3} {check.seen[f'I{n}']} times")
        print(f"longest pause {check.longest_pause_ns / 1e6:.3f} ms")
        for text, times in check.notes.items():
            print(f"note: {times} {text}")
        print(check.summary())
        bad += len(check.violations)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

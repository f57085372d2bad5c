/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 Miniport contributors
 */
#ifndef RTE_PMD_MINIPORT_H
#define RTE_PMD_MINIPORT_H

/**
 * @file
 * What net_miniport offers beyond ethdev: the life of its adapters.
 *
 * Every port lives the NDIS miniport adapter life (NDIS, "Adapter States of a Miniport Driver").
 * ethdev's dev_configure, dev_start, dev_stop and dev_close are its initialize, restart, pause and
 * halt. The calls here do what ethdev cannot: pause a port while other lcores keep polling it,
 * without waiting if so wished, and shut it down from a signal handler.
 *
 * All calls: port_id names an ethdev port; -ENODEV where there is none or another driver's.
 * Lifecycle calls belong to the primary process and answer -E_RTE_SECONDARY elsewhere; unless said
 * otherwise any thread may make them, but not one that is inside a burst of the same port.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Adapter states, as NDIS names them. */
enum rte_pmd_miniport_state {
	RTE_PMD_MINIPORT_HALTED = 0,   /**< Not configured; nothing is held. */
	RTE_PMD_MINIPORT_INITIALIZING, /**< Inside dev_configure. */
	RTE_PMD_MINIPORT_PAUSED,       /**< Configured; bursts return 0. */
	RTE_PMD_MINIPORT_RESTARTING,   /**< Inside dev_start. */
	RTE_PMD_MINIPORT_RUNNING,      /**< Frames flow. */
	RTE_PMD_MINIPORT_PAUSING,      /**< Waiting for bursts to end. */
	RTE_PMD_MINIPORT_SHUTDOWN,     /**< Unusable until the process ends. */
};

/** True of a port besides its state (bits). */
#define RTE_PMD_MINIPORT_REMOVED   1u /**< The device is gone. */
#define RTE_PMD_MINIPORT_RESETTING 2u /**< A reset is under way. */
#define RTE_PMD_MINIPORT_FAILED    4u /**< A reset failed; configure or close the port. */

/**
 * Tells a port's state.
 *
 * @param port_id  The port.
 * @param flags    Where to put RTE_PMD_MINIPORT_REMOVED and others; may be NULL.
 * @return An enum rte_pmd_miniport_state, or -ENODEV. Any process, any thread, lock-free.
 */
int rte_pmd_miniport_state(uint16_t port_id, uint32_t *flags);

/**
 * Pauses a started port while lcores may go on polling it: their bursts return 0 with rte_errno
 * ENETDOWN. Returns when every burst has ended, DMA has stopped and the mbufs of the rings are back
 * in their pools. Configuration, addresses and link stay. ethdev still takes the port for started:
 * rte_eth_dev_stop() and rte_pmd_miniport_restart() both go on from here.
 *
 * Bounded: 2 s for a burst that does not end (it is then left its mbufs, and counted), and the
 * device's own deadlines. Source: NDIS MiniportPause.
 *
 * @return 0 always, also where there was nothing to pause; -ENODEV, -E_RTE_SECONDARY.
 */
int rte_pmd_miniport_pause(uint16_t port_id);

/**
 * Told once that a pause begun by rte_pmd_miniport_pause_async() has ended. Runs on EAL's interrupt
 * thread or on the thread whose pause, stop, halt or reset ended it. May call any function of the
 * port.
 */
typedef void (*rte_pmd_miniport_paused_cb)(uint16_t port_id, void *context);

/**
 * Begins to pause and does not wait.
 *
 * @param port_id  The port.
 * @param done     Called exactly once if, and only if, -EINPROGRESS is returned. May be NULL.
 * @param context  Given to `done`.
 * @return 0 the port is paused already or now; -EINPROGRESS `done` follows; -EALREADY a pause is
 *   under way (its own completion follows); -EBUSY the port is initializing; -ENODEV;
 *   -E_RTE_SECONDARY.
 */
int rte_pmd_miniport_pause_async(uint16_t port_id, rte_pmd_miniport_paused_cb done, void *context);

/**
 * Lets a port that rte_pmd_miniport_pause() stopped pass frames again. Source: NDIS
 * MiniportRestart.
 *
 * @return 0 running (also if it was); -EINVAL ethdev has not started the port; -ENOMEM the pool
 *   lacks mbufs for the ring; -EIO device gone or failed; -ETIMEDOUT the device did not answer;
 *   -EBUSY a transition or reset is under way; -ESHUTDOWN; -ENODEV; -E_RTE_SECONDARY. After a
 *   failure the port is paused and holds nothing more than before.
 */
int rte_pmd_miniport_restart(uint16_t port_id);

/**
 * Silences the device: interrupts masked, DMA units off, bursts turned away with rte_errno
 * ESHUTDOWN. Frees nothing, takes no lock, is async-signal-safe and ends within microseconds.
 * Afterwards the port answers -ESHUTDOWN to everything but stop and close, which do nothing and
 * succeed. No effect on a port that is not configured. Source: NDIS MiniportShutdownEx.
 *
 * @return 0; -ENODEV; -E_RTE_SECONDARY.
 */
int rte_pmd_miniport_shutdown(uint16_t port_id);

/** One event in the life of an adapter. */
struct rte_pmd_miniport_event {
	uint64_t time_ns;   /**< CLOCK_MONOTONIC. */
	const char *from;   /**< State before, e.g. "Paused". Static strings all. */
	const char *to;     /**< State after; the same for events that move nothing. */
	const char *event;  /**< E.g. "restart", "restart failed", "reset". */
	const char *detail; /**< "ok", the cause of a failure, or the reason of a halt. */
};

/**
 * Copies the last events, oldest first.
 *
 * @param port_id  The port.
 * @param events   Room for `room` entries.
 * @param room     0 … 64 entries are kept.
 * @return Entries copied, or -ENODEV. Any process, any thread, lock-free.
 */
int rte_pmd_miniport_trace(uint16_t port_id, struct rte_pmd_miniport_event *events, unsigned room);

#ifdef __cplusplus
}
#endif

#endif

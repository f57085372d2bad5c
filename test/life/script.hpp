// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// A program of micro-steps: each has a name, which counterexamples print, and what it does.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "run.hpp"

namespace life_check {

struct step {
    std::string name;
    std::function<void(run &)> act;
    std::optional<label> always{}; ///< no step at all: on to there
    bool ends = false;             ///< no step at all: the thread is idle
};

/// Who takes part. Fewer threads and requests: fewer states.
struct cast {
    unsigned queues = 2;  ///< 1: rx only; each queue has its lcore
    bool overdue = false; ///< faults include bursts that outlast the deadline
};

class script {
public:
    script(const switches &how, const cast &people) : sw{how}, who_plays{people}
    {
        steps.push_back({"idle", [](run &r) { r.block(); }});
        where.finishing.push_back(false);
    }

    const switches sw;
    const cast who_plays;
    std::vector<step> steps; ///< 0: idle
    layout where;

    void add(std::string name, std::function<void(run &)> act)
    {
        steps.push_back({std::move(name), std::move(act)});
        where.finishing.push_back(finishing_);
    }
    [[nodiscard]] label fresh()
    {
        bound_.push_back(0);
        return static_cast<label>(bound_.size() - 1);
    }
    void bind(label l) { bound_[l] = here(); }
    [[nodiscard]] label here() const { return static_cast<label>(steps.size()); }
    [[nodiscard]] label at(label l) const { return bound_[l]; }
    void go(label to)
    {
        add("go", {});
        steps.back().always = to;
    }
    /// The thread has done what it was asked.
    void end()
    {
        add("end", {});
        steps.back().ends = true;
    }
    /// What is added from here on follows a look at the state and releases things.
    void finishing(bool yes) { finishing_ = yes; }

    template <class Each> void each_queue(Each each) const
    {
        for (unsigned q = 0; q < who_plays.queues; ++q)
            each(static_cast<queue>(q), std::string{q == 0 ? "rx" : "tx"});
    }
    [[nodiscard]] bool has(mutant m) const { return sw.has(m); }
    [[nodiscard]] bool has(repair r) const { return sw.has(r); }

private:
    std::vector<label> bound_;
    bool finishing_ = false;
};

} // namespace life_check

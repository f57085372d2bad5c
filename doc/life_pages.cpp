// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Prints the life as documents: `diagram` the transitions as a Graphviz graph, `answers` what each
// request is answered in each state as a Markdown table. Both from the tables that the driver runs.
#include <cstdio>
#include <cstring>

#include "adapter/answers.hpp"
#include "adapter/transitions.hpp"

using namespace miniport;

namespace {

void print_diagram()
{
    std::puts("digraph life {\n"
              "    rankdir=LR;\n"
              "    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
              "    edge [fontname=\"sans-serif\", fontsize=10];\n"
              "    Running [style=\"rounded,bold\"];\n"
              "    Shutdown [style=\"rounded,dashed\"];");
    for (const transition &t : life)
        std::printf("    %s -> %s [label=\"%s\"%s];\n", name(t.from), name(t.to), name(t.on),
                    t.on == event::shutdown ? ", style=dashed, constraint=false" : "");
    std::puts("}");
}

const char *name(request r)
{
    constexpr const char *names[request_count] = {
        "initialize",    "restart",     "pause",       "pause_async",   "halt",
        "shutdown",      "reset",       "recover",     "remove",        "burst",
        "queue_status",  "control_set", "control_query", "identity",    "queue_setup",
        "queue_release", "queue_start", "queue_stop"};
    return names[static_cast<std::size_t>(r)];
}

void print_cell(reply a)
{
    switch (a.what) {
    case plan::perform:
        std::printf(" perform |");
        break;
    case plan::pause_first:
        std::printf(" pause, then perform |");
        break;
    case plan::halt_first:
        std::printf(" halt, then perform |");
        break;
    case plan::join:
        std::printf(" end the pause under way |");
        break;
    case plan::wait:
        std::printf(" wait, ask again |");
        break;
    case plan::mark:
        std::printf(" remember |");
        break;
    case plan::answer:
        failed(a.result) ? std::printf(" %s |", text(a.result)) : std::printf(" success |");
        break;
    }
}

void print_answers()
{
    std::printf("| request |");
    for (std::size_t s = 0; s < state_count; ++s)
        std::printf(" %s |", miniport::name(static_cast<state>(s)));
    std::printf("\n|---|");
    for (std::size_t s = 0; s < state_count; ++s)
        std::printf("---|");
    for (std::size_t r = 0; r < request_count; ++r) {
        std::printf("\n| %s |", name(static_cast<request>(r)));
        for (std::size_t s = 0; s < state_count; ++s)
            print_cell(ask(static_cast<request>(r), static_cast<state>(s)));
    }
    std::puts("");
}

} // namespace

int main(int count, char **words)
{
    const char *const what = count == 2 ? words[1] : "";
    if (std::strcmp(what, "diagram") == 0)
        print_diagram();
    else if (std::strcmp(what, "answers") == 0)
        print_answers();
    else
        return std::fputs("life-pages diagram|answers\n", stderr), 2;
}

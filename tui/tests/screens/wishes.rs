//! The table of `docs/tui.md` of what people ask of every such program: what ours does, and the tests that prove it. The table is
//! made from here, and every test that it names is in the sources.

use std::fs;
use std::path::Path;

/// What people complain of or wish for, what ours does, and where that is proved.
struct Wish {
    asked: &'static str,
    ours: &'static str,
    /// Files, each with a test in it.
    proofs: &'static [(&'static str, &'static str)],
}

const INLINE: &str = "tui/src/terminal/inline/tests.rs";
const PACE: &str = "tui/src/app/tests/pace.rs";
const LAW: &str = "tui/src/app/tests/law.rs";
const GUARD: &str = "tui/src/app/tests/guard.rs";
const OVERLAYS: &str = "tui/tests/screens/overlays.rs";
const CELLS: &str = "tui/tests/screens/cells.rs";
const MARKDOWN: &str = "tui/src/markdown/tests.rs";
const PALETTE: &str = "tui/src/theme/palette.rs";
const LIST: &str = "tui/src/modal/list/tests.rs";
const KEYMAP: &str = "tui/src/keymap/map.rs";
const PAST: &str = "tui/src/chat/past/tests.rs";
const SCREEN: &str = "cli/tests/screen";

const EVERY: &str = "whatever_is_typed_said_and_resized_the_terminal_holds_the_conversation";

const SETTINGS: &str = "cli/tests/screen/settings.rs";
const CLIPBOARD: &str = "cli/tests/screen/clipboard.rs";
const KEYS: &str = "tui/src/terminal/keys/tests.rs";
const COMPOSER: &str = "tui/src/composer/tests/keys.rs";
const VIM: &str = "tui/src/composer/tests/vim.rs";
const HISTORY: &str = "tui/src/composer/tests/history.rs";
const BACK: &str = "cli/tests/screen/back.rs";
const NOTIFICATIONS: &str = "cli/tests/screen/notifications.rs";
const SURROUNDINGS: &str = "cli/tests/screen/surroundings.rs";
const LEAVING: &str = "cli/tests/screen/leaving.rs";

/// In the order of how much is complained of it.
const WISHES: [Wish; 30] = [
    Wish {
        asked: "It flickers while text comes in",
        ours: "Every frame is what changed of the cells, inside a synchronized update; nothing is cleared and drawn again, and what is printed is never touched again",
        proofs: &[(INLINE, "a_key_changes_only_its_cell"), (INLINE, "nothing_is_written_when_nothing_changed")],
    },
    Wish {
        asked: "The scrollback is lost",
        ours: "Every finished line goes into the terminal's own scrollback, once and in order; the alternate screen is for overlays alone",
        proofs: &[(INLINE, "whatever_is_shown_history_is_in_the_scrollback_once_and_in_order"), (LAW, EVERY), (SCREEN, "T30")],
    },
    Wish {
        asked: "The view jumps while one reads",
        ours: "The cursor never goes above the live rows; an overlay follows new output only from its end",
        proofs: &[
            (INLINE, "whatever_is_shown_history_is_in_the_scrollback_once_and_in_order"),
            (OVERLAYS, "new_output_is_followed_at_the_end_only"),
        ],
    },
    Wish {
        asked: "After a resize boxes are torn and rows doubled",
        ours: "Only the live rows are drawn again, from the first on, also where the terminal broke them; `/redraw` shows everything at the new width",
        proofs: &[
            (INLINE, "rows_that_a_narrower_terminal_broke_are_cleared_from_the_first_on"),
            (LAW, EVERY),
            (CELLS, "every_cell_fits_every_width_from_20_on"),
            (SCREEN, "T36"),
            ("cli/tests/screen/tour.rs", "redraw_shows_the_conversation_at_the_new_width"),
        ],
    },
    Wish {
        asked: "tmux, screen and Zellij lose history",
        ours: "Lines are printed as any program prints them: no scroll regions, no row numbers. Zellij and GNU screen get the alternate screen only when asked",
        proofs: &[
            (GUARD, "the_guard_tells_ours_from_others"),
            (LAW, EVERY),
            (SETTINGS, "zellij_gets_the_alternate_screen_only_when_it_is_asked_for"),
            (SURROUNDINGS, "gnu_screen_shows_overlays_on_its_main_screen_and_draws_on_over_changes_of_size"),
        ],
    },
    Wish {
        asked: "Answers of the terminal appear in the prompt",
        ours: "One reader owns the keyboard and takes answers whole, however late they come and however they are split",
        proofs: &[(KEYS, "answers_never_become_text_however_they_are_split"), (KEYS, "any_bytes_in_any_pieces_are_taken_without_panic")],
    },
    Wish {
        asked: "Copied text is indented and has hard line breaks",
        ours: "Code is never wrapped; `/copy` takes the last reply, `/copy code` its last block of code, from what the model wrote; `/raw` and `tui.raw_output` print replies as they were written",
        proofs: &[
            (MARKDOWN, "code_is_never_wrapped"),
            (SCREEN, "T34"),
            ("tui/src/slash/copy.rs", "the_last_code_block_is_copied_without_its_fences"),
            (PACE, "raw_replies_are_neither_indented_nor_wrapped"),
            (SETTINGS, "replies_are_printed_as_they_were_written_where_its_key_says_so"),
        ],
    },
    Wish {
        asked: "The mouse is taken away, selecting copies by itself",
        ours: "The mouse is the terminal's; no sequence asks for it, and nothing is copied unless `/copy` was typed",
        proofs: &[(GUARD, "the_guard_tells_ours_from_others"), (LAW, EVERY)],
    },
    Wish {
        asked: "It says copied, and nothing is",
        ours: "The programs of the desktop are tried, then the terminal (OSC 52, also through tmux); which one took it is told, and what failed as a failure",
        proofs: &[
            (CLIPBOARD, "the_first_way_to_the_clipboard_that_works_is_taken_and_named"),
            (CLIPBOARD, "where_no_program_can_copy_the_terminal_is_asked_and_the_failure_told"),
            (SCREEN, "T34"),
        ],
    },
    Wish {
        asked: "Shift-Enter makes no new line",
        ours: "It is told apart in every encoding there is; Ctrl-J, Alt-Enter and `\\` before Enter work everywhere; `?` names the key that works here",
        proofs: &[
            (KEYS, "newline_keys_are_told_apart_in_every_encoding"),
            (COMPOSER, "lines_begin_with_every_key_that_terminals_can_tell"),
            (COMPOSER, "the_overview_names_the_key_for_lines_that_works_here"),
            (SCREEN, "T10"),
        ],
    },
    Wish {
        asked: "Enter sends by mistake",
        ours: "`tui.enter_key = \"newline\"` has Enter begin lines and Ctrl-Enter send",
        proofs: &[
            (COMPOSER, "with_the_setting_enter_begins_lines_and_ctrl_enter_sends"),
            (KEYMAP, "enter_can_begin_lines_instead_of_sending"),
        ],
    },
    Wish {
        asked: "Keys clash with those of tmux or the editor",
        ours: "`[tui.keymap]` by context and action, several keys for one, `none` for none; `/keymap` shows them; a mistake is named at the start, with its line",
        proofs: &[
            (KEYMAP, "a_changed_action_has_its_new_keys_alone"),
            (KEYMAP, "what_cannot_be_used_is_named_with_the_way_out"),
            (KEYMAP, "the_line_of_a_bad_entry_is_named"),
            ("tui/src/composer/tests/settings.rs", "keys_of_the_composer_reach_it"),
        ],
    },
    Wish {
        asked: "No keys of vi in the prompt",
        ours: "`tui.vim_mode`: starts with inserting, the mode stands in the footer; counts, motions, operators, `.`, history at the edges",
        proofs: &[
            (VIM, "commands_do_what_vi_does"),
            (VIM, "it_starts_with_inserting_and_esc_goes_on_where_there_is_nothing_to_end"),
            (VIM, "j_and_k_go_through_history_at_the_edges"),
        ],
    },
    Wish {
        asked: "No search in the prompts of before",
        ours: "Ctrl-R looks through those of all sessions, letter by letter; Esc brings the draft back",
        proofs: &[
            (HISTORY, "searching_goes_back_through_all_sessions_letter_by_letter"),
            (HISTORY, "a_find_is_taken_over_and_not_sent"),
            (SCREEN, "T35"),
        ],
    },
    Wish {
        asked: "Ctrl-C or Up destroys a draft, Ctrl-C leaves by accident",
        ours: "A cleared draft is in the history, also of the next run; Up never takes an edited draft's place; leaving takes two presses within two seconds, or one where `tui.confirm_quit = false`",
        proofs: &[
            (HISTORY, "messages_and_cleared_drafts_are_kept_for_later_runs_commands_are_not"),
            (HISTORY, "an_edited_draft_is_never_replaced"),
            (COMPOSER, "leaving_takes_two_presses_within_two_seconds"),
        ],
    },
    Wish {
        asked: "Typing lags in long sessions",
        ours: "A key lays out nothing of the history and writes a few bytes; the transcript lays out what is seen",
        proofs: &[(PACE, "a_key_lays_out_nothing_of_the_history"), (OVERLAYS, "a_key_and_its_frame_are_fast_with_a_thousand_cells")],
    },
    Wish {
        asked: "It uses the processor while nothing happens",
        ours: "Nothing wakes an idle screen. A turn that says nothing is drawn five times a second and its title once; `tui.animations = false` leaves the seconds. Text that comes in is drawn 25 times a second at most",
        proofs: &[
            (PACE, "nothing_wakes_an_idle_screen_before_a_turn_and_after_one"),
            (PACE, "a_turn_that_says_nothing_moves_five_times_a_second_and_its_title_once"),
            (PACE, "a_flood_of_pieces_is_drawn_once_a_frame_and_a_key_at_once"),
            (SETTINGS, "nothing_moves_where_animations_are_off"),
        ],
    },
    Wish {
        asked: "It hangs on one very long line of code",
        ours: "A line beyond 10 KB, and what is left of a block that took its time, are plain; grammars are loaded beside the screen",
        proofs: &[
            ("tui/src/markdown/highlight.rs", "an_unknown_language_and_a_very_long_line_are_plain"),
            (MARKDOWN, "a_large_text_is_rendered_in_time"),
        ],
    },
    Wish {
        asked: "Light backgrounds cannot be read",
        ours: "The terminal's own palette; what cannot be read on a light background is replaced, as the terminal tells or `tui.theme` says",
        proofs: &[
            (PALETTE, "every_colour_reads_well_on_its_background"),
            (PALETTE, "text_reads_well_on_the_rows_of_a_diff"),
            (PALETTE, "a_light_terminal_gets_no_yellow_and_no_cyan_text"),
        ],
    },
    Wish {
        asked: "Themes",
        ours: "Some are built in, others are files of the user's; `/theme` shows each while it is chosen",
        proofs: &[
            ("tui/src/theme/choose.rs", "a_name_is_a_background_a_built_in_theme_or_a_file"),
            (PALETTE, "a_users_theme_is_read_and_its_faults_are_named"),
            (LIST, "a_preview_follows_every_move_and_the_answer_is_told"),
        ],
    },
    Wish {
        asked: "It cannot be used with a screen reader",
        ours: "`--screen-reader` or `tui.screen_reader`: flat lines with labels, no boxes, nothing that moves, unchanged text is not written again, the real cursor at the caret",
        proofs: &[
            (SETTINGS, "the_screen_is_flat_where_its_key_says_so"),
            (OVERLAYS, "a_flat_pager_has_no_rules"),
            (PACE, "the_cursor_of_the_terminal_stands_behind_what_was_typed"),
        ],
    },
    Wish {
        asked: "Images cannot be pasted in WSL, over SSH, in Wayland",
        ours: "Paths and file addresses, those of Windows too; the clipboard by the program of the desktop; what is missing is named",
        proofs: &[
            ("tui/src/composer/images.rs", "paths_of_images_are_known_in_every_form_they_are_dropped_in"),
            (CLIPBOARD, "an_image_on_the_clipboard_is_attached_and_sent"),
            (CLIPBOARD, "what_cannot_be_pasted_says_why"),
        ],
    },
    Wish {
        asked: "Going back leaves the files as they are",
        ours: "Going back asks: the conversation alone, or files too, by name; nothing is taken back over what somebody changed since, unless told again",
        proofs: &[
            (BACK, "going_back_takes_files_along_when_that_is_wanted"),
            (BACK, "going_back_leaves_files_alone_when_the_conversation_is_meant"),
            (BACK, "going_back_asks_again_where_somebody_changed_a_file_since"),
        ],
    },
    Wish {
        asked: "What it costs is not shown",
        ours: "Items of the status line for tokens and for the cost where prices are set, `/cost`; a warning when 20 % and 10 % of the context are left",
        proofs: &[
            ("cli/tests/screen/commands.rs", "cost_is_counted_by_the_prices_of_the_settings"),
            ("tui/src/chat/cost.rs", "each_request_is_counted_once_at_the_price_of_its_model"),
            ("cli/tests/screen/context.rs", "little_room_is_told_of_once_at_each_mark"),
        ],
    },
    Wish {
        asked: "No search in the conversation",
        ours: "In the transcript `/`, `n` and `N` with a count, `[` and `]` from message to message; what was summarised stays readable",
        proofs: &[
            (OVERLAYS, "search_goes_from_match_to_match_and_counts"),
            (OVERLAYS, "brackets_go_from_message_to_message"),
            (PAST, "what_was_said_before_a_summary_stays_readable"),
        ],
    },
    Wish {
        asked: "Output is folded and cannot be seen",
        ours: "The fold says `ctrl + t to view`; `tui.output_rows` says how many rows are shown, 0 for all",
        proofs: &[
            (SETTINGS, "as_many_rows_of_output_are_shown_as_its_key_says"),
            (CELLS, "all_rows_of_output_are_shown_when_no_limit_is_set"),
            (SCREEN, "T24"),
        ],
    },
    Wish {
        asked: "Tables stay raw",
        ours: "Columns are aligned by what is shown, cells wrap, a table that does not fit becomes records; the same when a session is gone on with",
        proofs: &[
            (MARKDOWN, "tables_are_aligned_by_what_is_shown"),
            (MARKDOWN, "cells_wrap_and_a_narrow_table_becomes_records"),
            (CELLS, "a_finished_message_is_what_was_streamed"),
            (SCREEN, "T33"),
        ],
    },
    Wish {
        asked: "Input methods open in the wrong place, letters are lost",
        ours: "The terminal's cursor is at the caret after every frame; no fast key is lost, whatever its letter",
        proofs: &[
            (PACE, "the_cursor_of_the_terminal_stands_behind_what_was_typed"),
            ("tui/src/composer/tests/paste.rs", "no_fast_key_is_ever_lost"),
            (KEYS, "typed_text_comes_through_whole"),
        ],
    },
    Wish {
        asked: "No bell when it is done or waits",
        ours: "On unless switched off, while nobody looks; by kind; OSC 9, OSC 777, the bell or a command; through tmux",
        proofs: &[
            (NOTIFICATIONS, "only_what_is_named_is_told_and_only_while_nobody_looks"),
            (NOTIFICATIONS, "the_end_of_a_turn_is_told_as_the_settings_say"),
            (NOTIFICATIONS, "tmux_is_asked_to_hand_a_notification_on"),
        ],
    },
    Wish {
        asked: "The terminal is broken after Ctrl-Z, a crash or a kill",
        ours: "Its modes are put back before a stop, on a panic and on every signal that ends the program, and taken again only in the foreground",
        proofs: &[
            (LEAVING, "a_stop_gives_the_terminal_back_and_the_way_back_draws_again"),
            (LEAVING, "a_stop_from_outside_is_got_over"),
            (LEAVING, "a_signal_that_ends_the_program_leaves_the_terminal_whole_and_says_how_to_go_on"),
        ],
    },
];

fn is_there(root: &Path, place: &str, test: &str) -> bool {
    // Checks of the screen have numbers.
    if let Some(number) = test.strip_prefix('T').filter(|rest| rest.chars().all(|c| c.is_ascii_digit())) {
        let checks = fs::read_to_string(root.join(place).join("checks.json")).unwrap();
        return checks.contains(&format!("\"id\": \"T{number}\""));
    }
    let text = fs::read_to_string(root.join(place)).unwrap_or_else(|error| panic!("{place}: {error}"));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let named = format!("fn {test}(");
    let at = lines.iter().position(|line| line.starts_with(&named));
    at.is_some_and(|at| lines[..at].iter().rev().take(3).any(|line| *line == "#[test]"))
}

/// The page with the table between its marks.
pub(crate) fn fill(page: &str) -> String {
    const BEGIN: &str = "<!-- wishes -->\n";
    const END: &str = "<!-- end of wishes -->";
    let (before, rest) = page.split_once(BEGIN).expect("the table has a place");
    let (_, after) = rest.split_once(END).expect("the place ends");
    let mut table = "| | complaint or wish | ours | proved by |\n|---|---|---|---|\n".to_owned();
    for (at, wish) in WISHES.iter().enumerate() {
        let tests: Vec<String> = wish.proofs.iter().map(|(_, test)| format!("`{test}`")).collect();
        table.push_str(&format!("| {} | {} | {} | {} |\n", at + 1, wish.asked, wish.ours, tests.join(", ")));
    }
    format!("{before}{BEGIN}{table}{END}{after}")
}

#[test]
fn every_wish_is_proved_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let proofs = WISHES.iter().flat_map(|wish| wish.proofs);
    let missing: Vec<String> =
        proofs.filter(|(place, test)| !is_there(root, place, test)).map(|(place, test)| format!("{place}: {test}")).collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

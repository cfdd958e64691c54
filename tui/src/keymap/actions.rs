//! Every action a key can be bound to: its context, its name in settings, its keys unless the user says otherwise.

/// Where keys mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere but in questions and overlays.
    Global,
    /// While writing.
    Composer,
    /// In a list that opened below the text.
    Popup,
    /// In menus and pickers.
    List,
    /// In overlays with long text.
    Pager,
}

impl Context {
    /// All, in the order they are shown in.
    pub const ALL: [Self; 5] = [Self::Global, Self::Composer, Self::Popup, Self::List, Self::Pager];

    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Composer => "composer",
            Self::Popup => "popup",
            Self::List => "list",
            Self::Pager => "pager",
        }
    }

    /// Whether a key of one context could be meant for the other, so that it can stand in one of them only.
    pub(super) fn overlaps(self, other: Self) -> bool {
        let both = |context| matches!(context, Self::Global | Self::Composer);
        self == other || (both(self) && both(other))
    }
}

macro_rules! actions {
    ($($(#[doc = $about:literal])+ $action:ident = $context:ident $name:literal [$($key:literal),*];)*) => {
        /// What a key does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[doc = $about])+ $action,)*
        }

        impl Action {
            /// All, in the order they are shown in.
            pub const ALL: &[Self] = &[$(Self::$action,)*];

            /// Where it is an action.
            pub fn context(self) -> Context {
                match self { $(Self::$action => Context::$context,)* }
            }

            /// Its name in settings.
            pub fn name(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }

            /// What it does, in a few words.
            pub fn about(self) -> &'static str {
                match self { $(Self::$action => concat!($($about),+).trim_ascii(),)* }
            }

            /// Its keys unless settings say otherwise.
            pub(super) fn default_keys(self) -> &'static [&'static str] {
                match self { $(Self::$action => &[$($key),*],)* }
            }
        }
    };
}

actions! {
    /// View the transcript
    Transcript = Global "transcript" ["ctrl-t"];
    /// Clear the screen
    ClearScreen = Global "clear_screen" ["ctrl-l"];
    /// Suspend the program
    Suspend = Global "suspend" ["ctrl-z"];

    /// Send the text; while a turn runs it steers that
    Submit = Composer "submit" ["enter"];
    /// Send the text when the running turn is over
    Queue = Composer "queue" ["tab"];
    /// Begin a new line
    Newline = Composer "newline" ["ctrl-j", "alt-enter", "shift-enter"];
    /// Clear the text, interrupt the turn, or leave
    Cancel = Composer "cancel" ["ctrl-c"];
    /// Delete the character under the cursor, or leave when there is no text
    DeleteOrQuit = Composer "delete_or_quit" ["ctrl-d"];
    /// Take the last queued message back
    EditQueued = Composer "edit_queued" ["alt-up"];
    /// Search in what was sent before
    HistorySearch = Composer "history_search" ["ctrl-r"];
    /// Edit the text in an editor of its own
    ExternalEditor = Composer "external_editor" ["ctrl-g"];
    /// Paste an image from the clipboard
    PasteImage = Composer "paste_image" ["ctrl-v"];
    /// Go to the next mode
    NextMode = Composer "next_mode" ["shift-tab"];
    /// Go up a row, then back in history
    Up = Composer "up" ["up", "ctrl-p"];
    /// Go down a row, then forward in history
    Down = Composer "down" ["down", "ctrl-n"];
    /// Go left
    Left = Composer "left" ["left", "ctrl-b"];
    /// Go right
    Right = Composer "right" ["right", "ctrl-f"];
    /// Go a word back
    WordLeft = Composer "word_left" ["alt-b", "alt-left", "ctrl-left"];
    /// Go a word forward
    WordRight = Composer "word_right" ["alt-f", "alt-right", "ctrl-right"];
    /// Go to the start of the line
    LineStart = Composer "line_start" ["ctrl-a", "home"];
    /// Go to the end of the line
    LineEnd = Composer "line_end" ["ctrl-e", "end"];
    /// Go to the start of the text
    TextStart = Composer "text_start" ["ctrl-home"];
    /// Go to the end of the text
    TextEnd = Composer "text_end" ["ctrl-end"];
    /// Delete the character before the cursor
    DeleteBack = Composer "delete_back" ["backspace", "shift-backspace", "ctrl-h"];
    /// Delete the character under the cursor
    DeleteForward = Composer "delete_forward" ["delete"];
    /// Delete the word before the cursor
    DeleteWordBack = Composer "delete_word_back" ["ctrl-w", "alt-backspace", "ctrl-backspace"];
    /// Delete the word after the cursor
    DeleteWordForward = Composer "delete_word_forward" ["alt-d", "alt-delete", "ctrl-delete"];
    /// Cut to the start of the line
    KillLineStart = Composer "kill_line_start" ["ctrl-u"];
    /// Cut to the end of the line
    KillLineEnd = Composer "kill_line_end" ["ctrl-k"];
    /// Insert what was cut last
    Yank = Composer "yank" ["ctrl-y"];
    /// Undo the last edit
    Undo = Composer "undo" ["ctrl-_", "alt-u"];
    /// Redo what was undone
    Redo = Composer "redo" ["alt-r", "ctrl-shift-z"];

    /// Select the row above
    PopupUp = Popup "up" ["up", "ctrl-p"];
    /// Select the row below
    PopupDown = Popup "down" ["down", "ctrl-n"];
    /// Complete the text
    PopupComplete = Popup "complete" ["tab"];
    /// Take the selected row
    PopupAccept = Popup "accept" ["enter"];
    /// Close the list and keep the text
    PopupClose = Popup "close" ["esc"];

    /// Select the row above
    ListUp = List "up" ["up", "ctrl-p"];
    /// Select the row below
    ListDown = List "down" ["down", "ctrl-n"];
    /// Select a row a page above
    ListPageUp = List "page_up" ["page-up"];
    /// Select a row a page below
    ListPageDown = List "page_down" ["page-down"];
    /// Select the first row
    ListFirst = List "first" ["home"];
    /// Select the last row
    ListLast = List "last" ["end"];
    /// Take the selected row
    ListAccept = List "accept" ["enter"];
    /// Switch the selected row on or off
    ListToggle = List "toggle" ["space"];
    /// Move the selected row towards the start
    ListMoveBack = List "move_back" ["left"];
    /// Move the selected row towards the end
    ListMoveForward = List "move_forward" ["right"];
    /// Close the list, or go back to the one before
    ListCancel = List "cancel" ["esc"];
    /// Change the order of a picker
    ListSort = List "sort" ["tab"];
    /// Rename the selected session
    ListRename = List "rename" ["ctrl-r"];

    /// Scroll up
    PagerUp = Pager "up" ["up", "k"];
    /// Scroll down
    PagerDown = Pager "down" ["down", "j"];
    /// Scroll a page up
    PagerPageUp = Pager "page_up" ["page-up", "ctrl-b"];
    /// Scroll a page down
    PagerPageDown = Pager "page_down" ["page-down", "ctrl-f", "space"];
    /// Scroll half a page up
    PagerHalfUp = Pager "half_up" ["ctrl-u"];
    /// Scroll half a page down
    PagerHalfDown = Pager "half_down" ["ctrl-d"];
    /// Go to the beginning
    PagerTop = Pager "top" ["home"];
    /// Go to the end
    PagerBottom = Pager "bottom" ["end"];
    /// Search
    PagerSearch = Pager "search" ["/"];
    /// Go to the next hit
    PagerNext = Pager "next_hit" ["n"];
    /// Go to the hit before
    PagerPrevious = Pager "previous_hit" ["shift-n"];
    /// Close
    PagerClose = Pager "close" ["q", "ctrl-t", "ctrl-c"];
}

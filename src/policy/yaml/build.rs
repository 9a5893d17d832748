//! Builds the tree from the parser's events.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StrInput, options};

use super::{YamlBudget, YamlNode, YamlNodeBuffer, YamlNodeForm, YamlTree};
use crate::policy::PolicyPlace;
use crate::policy::problem::{Problem, ProblemCode};

/// Parses one file; its nodes are stored in `room`. Where no tree is returned, one of the problems says why,
/// and what the file would have declared is unknown.
pub fn parse_yaml<'t>(
    text: &'t str,
    file: u16,
    budget: &YamlBudget,
    room: &'t mut YamlNodeBuffer,
) -> (Option<YamlTree<'t>>, Vec<Problem>) {
    let mut builder = YamlTreeBuilder::new(text, file, budget, &mut room.0);
    let outcome = builder.run();
    let YamlTreeBuilder { mut problems, nodes, texts, .. } = builder;
    match outcome {
        Ok(()) if nodes.is_empty() => {
            problems.push(
                Problem::new(ProblemCode::EmptyFile, place_at(file, 0, 1), "the file is empty")
                    .help("delete it, or declare something in it"),
            );
            (None, problems)
        }
        Ok(()) => (Some(YamlTree { text, nodes, texts }), problems),
        Err(problem) => {
            problems.push(*problem);
            (None, problems)
        }
    }
}

fn place_at(file: u16, start: usize, len: usize) -> PolicyPlace {
    // The budget limits the length of a file, so 32 bits hold every offset.
    PolicyPlace {
        file,
        start: u32::try_from(start).unwrap_or(u32::MAX),
        len: u16::try_from(len).unwrap_or(u16::MAX),
    }
}

/// Builds the tree of one file within a budget.
struct YamlTreeBuilder<'t, 'b> {
    text: &'t str,
    file: u16,
    budget: &'b YamlBudget,
    nodes: &'t mut Vec<YamlNode>,
    texts: Vec<Box<str>>,
    /// Collections that are not finished, outermost first.
    open: Vec<OpenCollection>,
    /// Anchors by the parser's number: the node, and how many nodes it stands for once it is finished.
    anchors: Vec<(u32, u64)>,
    /// The number of nodes that all aliases so far stand for.
    aliased: u64,
    documents: usize,
    problems: Vec<Problem>,
}

/// A collection that is not finished.
struct OpenCollection {
    node: u32,
    /// The parser's number of its anchor; 0 for none.
    anchor: usize,
    /// The number of nodes that the aliases in the collection stand for.
    aliased: u64,
}

type YamlBuildResult = Result<(), Box<Problem>>;

impl<'t, 'b> YamlTreeBuilder<'t, 'b> {
    fn new(text: &'t str, file: u16, budget: &'b YamlBudget, nodes: &'t mut Vec<YamlNode>) -> Self {
        nodes.clear();
        // Policies have about twelve bytes of text for each node; the vector grows where a file is denser.
        nodes.reserve((text.len() / 12).min(budget.nodes));
        Self {
            text,
            file,
            budget,
            nodes,
            texts: Vec::new(),
            open: Vec::new(),
            anchors: Vec::new(),
            aliased: 0,
            documents: 0,
            problems: Vec::new(),
        }
    }

    fn run(&mut self) -> YamlBuildResult {
        let limits = options! {
            emit_unresolved_aliases: true,
            disallow_directives: true,
            flow_nesting_limit: self.budget.depth,
            block_nesting_limit: self.budget.depth,
        };
        let mut parser: Parser<'t, StrInput<'t>> = Parser::new_from_str_with_options(self.text, limits);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| Box::new(self.syntax_problem(&error)))?;
            self.take_event(event, &span)?;
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the parser's enum is non-exhaustive")]
    fn take_event(&mut self, event: Event<'t>, span: &Span) -> YamlBuildResult {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let node = self.next_index();
                self.push_scalar(value, style, span)?;
                self.remember_anchor(anchor, node, 1);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.begin_collection(YamlNodeForm::Sequence, anchor, span)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.begin_collection(YamlNodeForm::Mapping, anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end_collection(span),
            Event::Alias(anchor) => self.push_alias(anchor, span)?,
            Event::UnresolvedAlias(name) => self.push_unresolved_alias(&name, span)?,
            Event::DocumentStart(..) => self.begin_document(span)?,
            // The other events carry no value.
            _ => {}
        }
        Ok(())
    }

    fn begin_document(&mut self, span: &Span) -> YamlBuildResult {
        self.documents += 1;
        match self.documents {
            1 => Ok(()),
            _ => Err(self.problem(
                ProblemCode::SeveralDocuments,
                span,
                "a second YAML document begins here",
                "put it into a file of its own",
            )),
        }
    }

    fn push_unresolved_alias(&mut self, name: &str, span: &Span) -> YamlBuildResult {
        let message = format!("no anchor `&{name}` stands before this alias");
        let problem = self.problem(
            ProblemCode::UnknownAnchor,
            span,
            &message,
            "define the anchor above, or write the value out",
        );
        self.problems.push(*problem);
        self.push(YamlNodeForm::Broken, span, 0)
    }

    fn push(&mut self, form: YamlNodeForm, span: &Span, link: u32) -> YamlBuildResult {
        if self.nodes.len() >= self.budget.nodes {
            let message = format!("more than {} values in one file", self.budget.nodes);
            return Err(self.problem(
                ProblemCode::TooManyNodes,
                span,
                &message,
                "divide it into several files",
            ));
        }
        let (start, end) = offsets(span);
        self.nodes.push(YamlNode { start, len: end - start, link, form });
        Ok(())
    }

    fn push_scalar(&mut self, value: Cow<'t, str>, style: ScalarStyle, span: &Span) -> YamlBuildResult {
        let (start, end) = offsets(span);
        if (end - start) as usize > self.budget.scalar_bytes {
            let message =
                format!("a text of {} bytes; at most {} are allowed", end - start, self.budget.scalar_bytes);
            return Err(self.problem(ProblemCode::ScalarTooLong, span, &message, "shorten it"));
        }
        // The parser borrows a value exactly where it is a slice of the text.
        match (style, value) {
            (ScalarStyle::Plain, Cow::Borrowed(value))
                if value.len() == (end - start) as usize || start == end =>
            {
                self.push(YamlNodeForm::Plain, span, 0)
            }
            (ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, Cow::Borrowed(value))
                if value.len() + 2 == (end - start) as usize =>
            {
                self.push(YamlNodeForm::Quoted, span, 0)
            }
            (_, value) => {
                let link = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
                self.texts.push(value.into());
                self.push(YamlNodeForm::Unescaped, span, link)
            }
        }
    }

    fn begin_collection(&mut self, form: YamlNodeForm, anchor: usize, span: &Span) -> YamlBuildResult {
        let node = self.next_index();
        self.push(form, span, 0)?;
        self.open.push(OpenCollection { node, anchor, aliased: 0 });
        // The size is 0 until the collection is finished: an alias before that is inside the collection.
        self.remember_anchor(anchor, node, 0);
        Ok(())
    }

    fn end_collection(&mut self, span: &Span) {
        let Some(OpenCollection { node: at, anchor, aliased }) = self.open.pop() else { return };
        let after = self.next_index();
        let node = &mut self.nodes[at as usize];
        node.link = after;
        // A flow collection ends with its bracket; a block collection has no text of its own.
        node.len = if node.len == 0 { 0 } else { offsets(span).1 - node.start };
        self.remember_anchor(anchor, at, u64::from(after - at).saturating_add(aliased));
        self.count_aliased(aliased);
    }

    fn next_index(&self) -> u32 {
        // The budget of nodes is far below 32 bits.
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    /// Remembers the node of an anchor, and how many nodes it stands for. The parser numbers anchors from 1,
    /// in order; 0 means that there is none.
    fn remember_anchor(&mut self, anchor: usize, node: u32, size: u64) {
        if let Some(index) = anchor.checked_sub(1) {
            self.anchors.resize(anchor.max(self.anchors.len()), (0, 0));
            self.anchors[index] = (node, size);
        }
    }

    fn count_aliased(&mut self, aliased: u64) {
        if let Some(open) = self.open.last_mut() {
            open.aliased = open.aliased.saturating_add(aliased);
        }
    }

    fn push_alias(&mut self, anchor: usize, span: &Span) -> YamlBuildResult {
        let (target, size) =
            anchor.checked_sub(1).and_then(|index| self.anchors.get(index)).copied().unwrap_or((0, 0));
        if size == 0 {
            let problem = self.problem(
                ProblemCode::AliasInItself,
                span,
                "this alias stands inside the value it names",
                "write the value out",
            );
            self.problems.push(*problem);
            return self.push(YamlNodeForm::Broken, span, 0);
        }
        self.aliased = self.aliased.saturating_add(size);
        if self.aliased > YamlBudget::alias_nodes(self.text) {
            return Err(self.problem(
                ProblemCode::AliasExpansion,
                span,
                "the aliases of this file stand for more than it may hold",
                "use a bundle, a group or `defaults`",
            ));
        }
        self.count_aliased(size);
        self.push(YamlNodeForm::Alias, span, target)
    }

    fn refuse_tag(&mut self, tagged: bool, span: &Span) {
        if tagged {
            let tag = span.tag_span().unwrap_or(*span);
            let problem = self.problem(
                ProblemCode::Tag,
                &tag,
                "tags are not part of the policy language",
                "remove it; put quotes around a text that looks like a number",
            );
            self.problems.push(*problem);
        }
    }

    fn problem(&self, code: ProblemCode, span: &Span, message: &str, help: &str) -> Box<Problem> {
        let (start, end) = offsets(span);
        Box::new(
            Problem::new(code, place_at(self.file, start as usize, (end - start).max(1) as usize), message)
                .help(help),
        )
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the parser's enum is non-exhaustive")]
    fn syntax_problem(&self, error: &ScanError) -> Problem {
        let byte = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        if let Some(tab) = find_indenting_tabs(self.text, byte) {
            let place = place_at(self.file, tab.0, tab.1);
            return Problem::new(ProblemCode::TabIndentation, place, "a tab in the indentation")
                .help("indent with spaces");
        }
        let place = place_at(self.file, byte, self.text[byte..].chars().next().map_or(1, char::len_utf8));
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => Problem::new(
                ProblemCode::TooDeep,
                place,
                format!("values are nested more than {} deep", self.budget.depth),
            )
            .help("no policy is nested so deeply"),
            ErrorKind::DirectiveDisallowed => {
                Problem::new(ProblemCode::Directive, place, "directives are not part of the policy language")
                    .help("remove the line")
            }
            kind => {
                let problem = Problem::new(ProblemCode::Syntax, place, format!("not YAML: {kind}"));
                match syntax_hint(kind) {
                    Some(help) => problem.help(help),
                    None => problem,
                }
            }
        }
    }
}

fn offsets(span: &Span) -> (u32, u32) {
    // Spans over a string always have byte offsets, and a file is shorter than 4 GiB.
    let offset = |byte: Option<usize>| u32::try_from(byte.unwrap_or(0)).unwrap_or(u32::MAX);
    let start = offset(span.start.byte_offset());
    (start, offset(span.end.byte_offset()).max(start))
}

/// Finds the tabs that indent the line of `byte` or the next line, as the offset and number of tabs. The
/// parser reports the error at the end of the text before the tabs.
fn find_indenting_tabs(text: &str, byte: usize) -> Option<(usize, usize)> {
    let begins = text[..byte].rfind('\n').map_or(0, |newline| newline + 1);
    let next = text[byte..].find('\n').map(|newline| byte + newline + 1);
    [Some(begins), next].into_iter().flatten().find_map(|begins| {
        let line = &text[begins..];
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let tab = line[..indent].find('\t')?;
        let tabs = line[tab..indent].bytes().take_while(|byte| *byte == b'\t').count();
        Some((begins + tab, tabs))
    })
}

/// Returns help for mistakes that are made by hand. Most of the parser's kinds explain themselves.
#[expect(clippy::wildcard_enum_match_arm, reason = "the parser's enum is non-exhaustive")]
fn syntax_hint(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::MappingValueNotAllowed => Some("a text with `: ` in it needs quotes"),
        ErrorKind::UnclosedQuotedScalar => Some("close the quote"),
        ErrorKind::UnclosedFlowCollection { .. } => Some("close the bracket"),
        ErrorKind::UnexpectedCharacter { .. } => Some("a text that begins with this character needs quotes"),
        ErrorKind::ExpectedBlockMappingKey => Some("the indentation fits no line above"),
        ErrorKind::SimpleKeyExpected => Some("a key needs a `:` after it"),
        _ => None,
    }
}

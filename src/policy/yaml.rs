//! YAML text as a compact tree in which every node knows its place.
//!
//! The parser's events become one vector in reading order: 16 bytes a node, with texts as slices of the file.
//! An alias refers to the node that it names and is never copied. The cost is bounded before anything is
//! decoded: bytes, depth, nodes, the size of one text, and the nodes that the aliases of a file stand for.

mod build;

pub use build::parse_yaml;

/// The limits on what files may cost.
#[derive(Debug, Clone, Copy)]
pub struct YamlBudget {
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files.
    pub total_bytes: u64,
    /// Depth of nested collections.
    pub depth: usize,
    /// Nodes of one file.
    pub nodes: usize,
    /// Bytes of one scalar.
    pub scalar_bytes: usize,
    /// Problems listed for one file.
    pub problems: usize,
}

impl YamlBudget {
    /// Enough for a policy of ten million people in files of half a million each, and too little for a file
    /// that is made to exhaust memory.
    pub const POLICY: Self = Self {
        file_bytes: 64 << 20,
        total_bytes: 2 << 30,
        depth: 64,
        nodes: 8_000_000,
        // A place's length is 16 bits.
        scalar_bytes: u16::MAX as usize,
        problems: 2_000,
    };

    /// Returns how many nodes the aliases of a file may stand for: in proportion to the file, so that a small
    /// file cannot expand to a large one.
    fn alias_nodes(text: &str) -> u64 {
        10_000 + text.len() as u64
    }
}

/// One node of a tree, in 16 bytes.
#[derive(Debug, Clone, Copy)]
struct YamlNode {
    /// First byte.
    start: u32,
    /// Length in bytes, with quotes and brackets; 0 for a block collection.
    len: u32,
    /// For a collection, the index after its last descendant; for an alias, its target; for an unescaped
    /// text, its index in `texts`.
    link: u32,
    form: YamlNodeForm,
}

/// The form of a node, which says how its value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum YamlNodeForm {
    /// The value is the text.
    Plain,
    /// The value is the text between the quotes.
    Quoted,
    /// The value differs from the text.
    Unescaped,
    Sequence,
    Mapping,
    Alias,
    /// An alias without an anchor, or one inside its own target; the problem is reported already.
    Broken,
}

impl YamlNodeForm {
    fn is_collection(self) -> bool {
        match self {
            Self::Sequence | Self::Mapping => true,
            Self::Plain | Self::Quoted | Self::Unescaped | Self::Alias | Self::Broken => false,
        }
    }
}

/// Memory for the nodes of a tree, used again for one tree after the other.
#[derive(Debug, Default)]
pub struct YamlNodeBuffer(Vec<YamlNode>);

/// One file's tree.
#[derive(Debug)]
pub struct YamlTree<'t> {
    text: &'t str,
    nodes: &'t [YamlNode],
    texts: Vec<Box<str>>,
}

impl YamlTree<'_> {
    /// Returns the node at the top of the document.
    pub fn root(&self) -> YamlNodeRef<'_> {
        YamlNodeRef { tree: self, at: 0 }
    }

    fn index_after(&self, at: u32) -> u32 {
        let node = &self.nodes[at as usize];
        if node.form.is_collection() { node.link } else { at + 1 }
    }
}

/// One node of a [`YamlTree`].
#[derive(Debug, Clone, Copy)]
pub struct YamlNodeRef<'a> {
    tree: &'a YamlTree<'a>,
    at: u32,
}

/// What a node is, aliases followed.
#[derive(Debug, Clone, Copy)]
pub enum YamlShape<'a> {
    /// A text, number or truth value: the word, and whether it is quoted.
    Scalar(&'a str, ScalarQuoting),
    /// An empty value, `~` or `null`.
    Null,
    /// A list.
    Sequence(YamlChildren<'a>),
    /// A mapping: keys and values in turn.
    Mapping(YamlChildren<'a>),
    /// A node without a value; its problem is reported already.
    Broken,
}

/// Whether a scalar is in quotes or in a block, and so is a text whatever it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarQuoting {
    /// Without quotes.
    Plain,
    /// In quotes or in a block.
    Quoted,
}

impl<'a> YamlNodeRef<'a> {
    fn node(self) -> &'a YamlNode {
        &self.tree.nodes[self.at as usize]
    }

    /// Returns the node's shape; an alias has the shape of the node that it names.
    pub fn shape(self) -> YamlShape<'a> {
        let node = self.node();
        let raw = |from: u32, to: u32| &self.tree.text[from as usize..to as usize];
        match node.form {
            YamlNodeForm::Plain => match raw(node.start, node.start + node.len) {
                "" | "~" | "null" | "Null" | "NULL" => YamlShape::Null,
                word => YamlShape::Scalar(word, ScalarQuoting::Plain),
            },
            YamlNodeForm::Quoted => {
                YamlShape::Scalar(raw(node.start + 1, node.start + node.len - 1), ScalarQuoting::Quoted)
            }
            YamlNodeForm::Unescaped => {
                YamlShape::Scalar(&self.tree.texts[node.link as usize], ScalarQuoting::Quoted)
            }
            YamlNodeForm::Sequence => YamlShape::Sequence(self.children()),
            YamlNodeForm::Mapping => YamlShape::Mapping(self.children()),
            // The target of an alias is a node that is finished before it, and is never an alias itself.
            YamlNodeForm::Alias => YamlNodeRef { tree: self.tree, at: node.link }.shape(),
            YamlNodeForm::Broken => YamlShape::Broken,
        }
    }

    fn children(self) -> YamlChildren<'a> {
        YamlChildren { tree: self.tree, at: self.at + 1, end: self.node().link }
    }

    /// Whether both are the same node.
    pub fn is_same_node(self, other: Self) -> bool {
        self.at == other.at
    }

    /// Whether the node is an alias, even a broken one.
    pub fn is_alias(self) -> bool {
        match self.node().form {
            YamlNodeForm::Alias | YamlNodeForm::Broken => true,
            YamlNodeForm::Plain
            | YamlNodeForm::Quoted
            | YamlNodeForm::Unescaped
            | YamlNodeForm::Sequence
            | YamlNodeForm::Mapping => false,
        }
    }

    /// Whether the node is a block collection, which has no brackets.
    pub fn is_block(self) -> bool {
        self.node().form.is_collection() && self.node().len == 0
    }

    /// Returns the offsets of the first byte of the node's text and of the first byte after it. A block
    /// collection extends to the end of its last node.
    pub fn extent(self) -> (u32, u32) {
        let mut last = self;
        while last.is_block() {
            let Some(inner) = last.children().last() else { break };
            last = inner;
        }
        let node = last.node();
        (self.span().0, node.start + node.len)
    }

    /// Returns the first byte and the length of what to underline; for a block collection, that is its first
    /// key or dash.
    pub fn span(self) -> (u32, u32) {
        let node = self.node();
        match node.form {
            YamlNodeForm::Mapping if node.len == 0 && node.link > self.at + 1 => {
                YamlNodeRef { tree: self.tree, at: self.at + 1 }.span()
            }
            YamlNodeForm::Plain
            | YamlNodeForm::Quoted
            | YamlNodeForm::Unescaped
            | YamlNodeForm::Sequence
            | YamlNodeForm::Mapping
            | YamlNodeForm::Alias
            | YamlNodeForm::Broken => (node.start, node.len.max(1)),
        }
    }
}

/// The nodes directly inside another.
#[derive(Debug, Clone, Copy)]
pub struct YamlChildren<'a> {
    tree: &'a YamlTree<'a>,
    at: u32,
    end: u32,
}

impl<'a> YamlChildren<'a> {
    /// Whether there are no nodes left.
    pub fn is_empty(self) -> bool {
        self.at == self.end
    }

    /// Makes an iterator without nodes.
    pub fn empty(view: YamlNodeRef<'a>) -> Self {
        Self { tree: view.tree, at: 0, end: 0 }
    }
}

impl<'a> Iterator for YamlChildren<'a> {
    type Item = YamlNodeRef<'a>;

    fn next(&mut self) -> Option<YamlNodeRef<'a>> {
        (self.at < self.end).then(|| {
            let view = YamlNodeRef { tree: self.tree, at: self.at };
            self.at = self.tree.index_after(self.at);
            view
        })
    }
}

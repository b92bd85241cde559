"""What a page in a browser is asked for: whether it still moves, and its tree as it is shown.

Both look into open shadow roots, in which some sites keep all their text. Each host stands in the tree with what its
root holds, each slot with what fills it. Run in a world of their own, where the page's scripts have altered nothing;
what a page can still do is to name a form as a property is called, so properties are asked for by way of prototypes.
"""

_PROPERTIES = """
    const get = (type, name) => Function.prototype.call.bind(
        Object.getOwnPropertyDescriptor(type.prototype, name).get);
    const find = Function.prototype.call.bind(Document.prototype.querySelectorAll);
    const findIn = Function.prototype.call.bind(DocumentFragment.prototype.querySelectorAll);
    const rootOf = get(Element, 'shadowRoot'), childrenOf = get(Node, 'childNodes'), textOf = get(Node, 'textContent');
    const whole = get(Document, 'documentElement')(document);
"""

#: Tells whether a page has come, how many elements it has and how much text.
SIGN = f"""(() => {{
    {_PROPERTIES}
    let elements = 0, text = whole ? textOf(whole).length : 0;
    const roots = [find(document, '*')];
    while (roots.length) {{
        const found = roots.pop();
        elements += found.length;
        for (const one of found) {{
            const root = rootOf(one);
            if (root) {{ roots.push(findIn(root, '*')); text += textOf(root).length; }}
        }}
    }}
    return [document.readyState, elements, text];
}})()"""

#: Returns a page as HTML, or nothing where that is longer than so many characters. The tree that is shown is put
#: together in a document of its own that runs no script, asks for nothing, and knows none of the page's own elements.
TREE = f"""((most) => {{
    {_PROPERTIES}
    if (!whole) return '';
    const hosts = [...find(document, '*')].some((one) => rootOf(one));
    const together = () => {{
        const inert = get(Document, 'implementation')(document).createHTMLDocument('');
        const add = Function.prototype.call.bind(Node.prototype.appendChild);
        const assigned = Function.prototype.call.bind(HTMLSlotElement.prototype.assignedNodes);
        const slotted = (slot) => {{ const found = assigned(slot); return found.length ? found : childrenOf(slot); }};
        let top = null, left = most;
        const open = [[whole, null]];
        while (open.length) {{
            const [node, parent] = open.pop();
            const root = node instanceof Element ? rootOf(node) : null;
            const slot = node instanceof HTMLSlotElement && node.getRootNode() instanceof ShadowRoot;
            let place = parent;
            if (!slot) {{
                place = inert.importNode(node, false);
                if (parent) add(parent, place); else top = place;
                left -= node instanceof CharacterData ? node.length : 1;
                if (left < 0) return null;
            }}
            const shown = slot ? slotted(node) : childrenOf(root ?? node);
            for (let at = shown.length - 1; at >= 0; at--) open.push([shown[at], place]);
        }}
        return top;
    }};
    const tree = hosts ? together() : whole;
    if (tree === null) return null;
    const text = (document.doctype ? '<!DOCTYPE html>' : '') + get(Element, 'outerHTML')(tree);
    return text.length > most ? null : text;
}})"""

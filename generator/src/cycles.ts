/** Finds the cycles of a graph, by Tarjan's algorithm. */

/**
 * Returns the nodes that a node leads to, itself included, in groups: a node alone, or nodes that all lead to each other. A group comes
 * after those that it leads to.
 *
 * @param childrenOf returns the nodes that a node leads to at once.
 * @param isKnown whether a node and all that it leads to are left out.
 */
export function groupsFrom<Node>(
  root: Node,
  childrenOf: (node: Node) => readonly Node[],
  isKnown: (node: Node) => boolean = () => false,
): Node[][] {
  const groups: Node[][] = [];
  const positions = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();
  /** Returns the least position of the open nodes that the node leads to. */
  const visit = (node: Node): number => {
    const position = positions.size;
    positions.set(node, position);
    const start = open.push(node) - 1;
    isOpen.add(node);
    let least = position;
    for (const child of childrenOf(node)) {
      const known = positions.get(child);
      if (known === undefined ? !isKnown(child) : isOpen.has(child)) least = Math.min(least, known ?? visit(child));
    }
    if (least === position) {
      const group = open.splice(start);
      for (const one of group) isOpen.delete(one);
      groups.push(group);
    }
    return least;
  };
  visit(root);
  return groups;
}

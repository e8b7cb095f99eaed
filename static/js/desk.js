// The boxes select2 draws have no name of their own: each takes the label of the field it stands for, whenever it is drawn,
// and says in today's words which list it opens.
const BOXES = "[role=combobox], [role=searchbox], [role=textbox], .select2-search__field";

const nameOf = (select) => {
  const column = select.closest("td")?.cellIndex;
  const label = select.labels[0] ?? select.closest("table")?.tHead?.rows[0]?.cells[column];
  return label?.textContent.replace(/:\s*$/, "").trim() ?? "";
};

function nameBoxes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    for (const box of select.nextElementSibling?.querySelectorAll(BOXES) ?? []) {
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", nameOf(select));
      if (box.hasAttribute("aria-owns")) box.setAttribute("aria-controls", box.getAttribute("aria-owns"));
    }
  }
  for (const box of document.querySelectorAll(".select2-dropdown .select2-search__field")) {
    const select = document.getElementById(box.getAttribute("aria-controls")?.replace(/^select2-(.*)-results$/, "$1"));
    if (select) box.setAttribute("aria-label", nameOf(select));
  }
}

new MutationObserver(nameBoxes).observe(document, { childList: true, subtree: true });
nameBoxes();

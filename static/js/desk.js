// The boxes select2 draws have no name of their own: each takes the label of the field it stands for.
const BOXES = "[role=combobox], [role=searchbox], [role=textbox], .select2-search__field";

function nameBoxes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const column = select.closest("td")?.cellIndex;
    const label = select.labels[0] ?? select.closest("table")?.tHead?.rows[0]?.cells[column];
    for (const box of select.nextElementSibling?.querySelectorAll(BOXES) ?? []) {
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", label?.textContent.replace(/:\s*$/, "").trim() ?? "");
    }
  }
}

addEventListener("load", nameBoxes);
addEventListener("formset:added", () => setTimeout(nameBoxes));

// Small comforts; every page works without them.

// Light and dark without a reload. The form itself sets the same cookie.
document.querySelector(".theme")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  const other = document.querySelector(theme === "dark" ? ".theme__to-light" : ".theme__to-dark");
  other?.focus();
  await fetch(event.target.action, { method: "POST", body: new URLSearchParams({ theme, next: "/" }), redirect: "manual", keepalive: true });
});

// After htmx swapped the results, the address has changed: so must the links that carry it.
document.addEventListener("htmx:pushedIntoHistory", () => {
  for (const field of document.querySelectorAll(".theme input[name=next]")) {
    field.value = location.pathname + location.search;
  }
  for (const link of document.querySelectorAll("a[data-language], a[data-keeps-query]")) {
    const address = new URL(link.href);
    address.search = location.search;
    link.href = address;
  }
});

// What was left empty does not belong in an address one may share.
document.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

// Filters stand open where there is room for them.
const filters = document.querySelector(".browse:not(.browse--wide) details.filters");
const wide = matchMedia("(min-width: 60rem)");
const settle = () => {
  if (filters && wide.matches) filters.open = true;
};
wide.addEventListener("change", settle);
settle();

// "Near me": asked for only by a press, and only to about a hundred metres.
for (const button of document.querySelectorAll("button[data-near-me]")) {
  if (!("geolocation" in navigator)) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const status = document.getElementById(button.getAttribute("aria-describedby"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const field = document.getElementById(button.dataset.nearMe);
        field.value = `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`;
        field.form.requestSubmit();
      },
      () => {
        if (status) status.textContent = button.dataset.refused;
      },
      { maximumAge: 600000, timeout: 10000 },
    );
  });
}

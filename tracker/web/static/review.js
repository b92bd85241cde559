// Keys for the review queue: each presses what is on the page anyway. They can be switched off, and rest while one types.
(() => {
  const items = [...document.querySelectorAll("[data-review]")];
  const hint = document.querySelector(".keys");
  const toggle = document.getElementById("keys");
  if (!items.length || !hint || !toggle) return;

  const remember = (store, name, value) => { try { store.setItem(name, value); } catch { /* private windows */ } };
  const recall = (store, name) => { try { return store.getItem(name); } catch { return null; } };

  hint.hidden = false;
  toggle.checked = recall(localStorage, "review-keys") !== "off";
  toggle.addEventListener("change", () => remember(localStorage, "review-keys", toggle.checked ? "on" : "off"));

  const current = () => items.findIndex((item) => item.contains(document.activeElement));
  const go = (index) => {
    const item = items[Math.max(0, Math.min(items.length - 1, index))];
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  };

  // What was decided on leaves the queue; the next one takes its place on the page that comes.
  document.addEventListener("submit", (event) => {
    const index = items.findIndex((item) => item.contains(event.target));
    if (index >= 0) remember(sessionStorage, "review-place", String(index));
  });
  const place = recall(sessionStorage, "review-place");
  remember(sessionStorage, "review-place", "");
  if (place) go(Number(place));

  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    const index = current();
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      go(index < 0 ? 0 : index + (event.key === "j" ? 1 : -1));
      return;
    }
    const target = index < 0 ? null : items[index].querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (event.key === "n") {
      target.parentElement.open = true;
      target.parentElement.querySelector("textarea").focus();
    } else {
      target.click();
    }
  });
})();

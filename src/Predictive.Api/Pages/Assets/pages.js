// The one script of the pages. Everything works without it: links are links, forms submit, views are addresses. With it, what is followed
// or filtered swaps the content instead of the page, sliders and search answer while they move, and running work is watched.
"use strict";
(() => {
  const main = () => document.getElementById("main");
  const told = text => { document.getElementById("told").textContent = text; };
  const here = () => location.pathname + location.search;
  let turn = 0, shown = here();

  async function load(url) {
    const mine = ++turn;
    main().setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      const type = answer.headers.get("Content-Type") || "";
      if (!type.startsWith("text/html")) { location.assign(url); return null; }
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      return mine === turn && next.getElementById("main") ? { next, url: answer.url } : null;
    } catch {
      if (mine === turn) location.assign(url);
      return null;
    } finally {
      if (mine === turn) main().removeAttribute("aria-busy");
    }
  }

  function swap(next) {
    document.title = next.title;
    document.querySelector(".bar").replaceWith(next.querySelector(".bar"));
    main().replaceWith(next.getElementById("main"));
    document.querySelector(".foot").replaceWith(next.querySelector(".foot"));
    begin();
    told(document.title);
  }

  // Only the parts that answer to the filter: the form, and with it the slider under the hand, stays.
  function swapLive(next, from = main()) {
    for (const old of from.querySelectorAll("[data-live]")) {
      const fresh = next.querySelector(`[data-live="${old.dataset.live}"]`);
      if (fresh && fresh.outerHTML !== old.outerHTML) old.replaceWith(fresh);
    }
    for (const old of main().querySelectorAll("input[type=range][data-slide]")) {
      const fresh = next.querySelector(`input[name="${old.name}"]`);
      if (fresh) old.max = fresh.max;
    }
    begin();
  }

  async function go(url, push) {
    const got = await load(url);
    if (!got) return;
    // What was answered may lie elsewhere (a redirect); the place within it is only in the link.
    if (push) history.pushState(null, "", got.url + new URL(url, location.href).hash);
    shown = here();
    swap(got.next);
    const target = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (target) target.scrollIntoView(); else { scrollTo(0, 0); main().focus({ preventScroll: true }); }
  }

  function address(form) {
    const url = new URL(form.action);
    const filled = [...new FormData(form)].filter(([name, value]) => value !== "" && !name.startsWith("form"));
    url.search = new URLSearchParams(filled).toString();
    return url.href;
  }

  async function filter(form) {
    const url = address(form);
    const got = await load(url);
    if (!got) return;
    history.replaceState(null, "", url);
    shown = here();
    swapLive(got.next);
  }

  const plain = event => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

  document.addEventListener("click", event => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard.writeText(location.href).then(() => told(copy.dataset.done), () => told(location.href));
      const before = copy.textContent;
      copy.textContent = copy.dataset.done;
      setTimeout(() => { copy.textContent = before; }, 2000);
      return;
    }
    const link = event.target.closest("a[href]");
    const href = link && (typeof link.href === "string" ? link.href : link.href.baseVal);
    if (!link || !plain(event) || event.defaultPrevented || link.dataset.whole !== undefined || link.target) return;
    const url = new URL(href, location.href);
    if (url.origin !== location.origin || (url.hash && url.pathname + url.search === location.pathname + location.search)) return;
    event.preventDefault();
    go(url.href, true);
  });

  document.addEventListener("submit", event => {
    const form = event.target;
    if (form.dataset.enhance === undefined) return;
    event.preventDefault();
    go(address(form), true);
  });

  let pause;
  document.addEventListener("input", event => {
    const field = event.target;
    if (field.dataset.all !== undefined) {
      for (const box of main().querySelectorAll("input[name=customer]")) box.checked = field.checked;
      return;
    }
    const form = field.form;
    if (!form || form.dataset.enhance === undefined) return;
    clearTimeout(pause);
    pause = setTimeout(() => filter(form), field.dataset.slide !== undefined ? 120 : 0);
  });

  addEventListener("popstate", () => { if (here() !== shown) go(location.href, false); });

  let watch;
  function begin() {
    for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
    clearTimeout(watch);
    const waiting = [...main().querySelectorAll("[data-poll]")].map(e => Number(e.dataset.poll)).filter(n => n > 0);
    if (waiting.length > 0) {
      watch = setTimeout(async () => {
        const mine = turn;
        try {
          const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
          const next = new DOMParser().parseFromString(await answer.text(), "text/html");
          if (mine === turn && answer.ok) swapLive(next); else begin();
        } catch { begin(); }
      }, Math.min(...waiting));
    }
  }

  begin();
})();

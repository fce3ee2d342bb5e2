#pragma once
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base64.hpp"
#include "image.hpp"
#include "numbers.hpp"
#include "png.hpp"
#include "svg.hpp"

namespace genet::inline GENET_ISA::html {

/// A titled part of a report; `body` is HTML.
struct section {
  std::string title, caption, body;
};

/// What a report page says, in the order of the page.
struct page {
  /// How the run stands; `running` pages reload themselves.
  enum class state { running, done, stopped, failed };

  std::string title, subtitle, model;  ///< name; data and the like; the model's type as declared
  state now = state::running;
  std::string status;  ///< `epoch 7 of 20`, `20 epochs in 41 s`, `stopped: ...`
  std::vector<std::string> failures;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<section> charts;                     ///< the first is drawn large, the others side by side
  std::map<long, std::vector<std::byte>> samples;  ///< PNG files by epoch
  std::vector<section> sections;
  std::string summary;  ///< plain text: the model's table
  int reload_seconds = 5;
};

/// `<img>` with the PNG file inside. Small pixels stay sharp.
inline std::string embedded(std::span<const std::byte> png_file, std::string_view description) {
  return "<img src=\"data:image/png;base64," + base64(png_file) + "\" alt=\"" + svg::escape(description) + "\">";
}

/// The element for a page, which needs no namespace.
inline std::string embedded(const svg::drawing& d) {
  constexpr std::string_view needless = " xmlns=\"http://www.w3.org/2000/svg\"";
  std::string t = d.text;
  if (const auto at = t.find(needless); at != t.npos) t.erase(at, needless.size());
  return t;
}

inline section picture(std::string title, std::string caption, const image& i) {
  std::string body = embedded(png::bytes(i), title);
  return {std::move(title), std::move(caption), std::move(body)};
}
inline section picture(std::string title, std::string caption, const svg::drawing& d) {
  return {std::move(title), std::move(caption), embedded(d)};
}
/// Lines of text as they are, for generated sentences.
inline section picture(std::string title, std::string caption, const std::string& text) {
  return {std::move(title), std::move(caption), "<pre>" + svg::escape(text) + "</pre>"};
}

namespace detail {

inline constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#26241f;--soft:#6d6a62;--rule:#e4e1d8;
--accent:#0067b1;--bad:#b3261e;--bad-paper:#fdecea;--good:#00724f}
@media(prefers-color-scheme:dark){:root{--paper:#15171a;--card:#1d2024;--ink:#e8e6e0;--soft:#a19e96;--rule:#32363c;
--accent:#6bbcf0;--bad:#ff8a80;--bad-paper:#3a1b19;--good:#45cfa2}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;
-webkit-text-size-adjust:100%}
main{max-width:1180px;margin:0 auto;padding:2.2rem clamp(1rem,4vw,2.5rem) 4rem}
header{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;align-items:baseline}
h1{font-size:clamp(1.7rem,4vw,2.3rem);line-height:1.15;letter-spacing:-.02em;margin:0;font-weight:680}
h2{font-size:1.06rem;margin:0 0 .7rem;font-weight:640;letter-spacing:-.005em}
.sub{color:var(--soft);margin:.25rem 0 0;width:100%}
.model{display:block;font:.86rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--soft);
margin:.5rem 0 0;overflow-wrap:anywhere;white-space:pre-wrap}
.pill{font-size:.86rem;font-weight:600;padding:.16rem .7rem;border-radius:99px;border:1px solid currentColor;
white-space:nowrap;align-self:center}
.running{color:var(--accent)}.done{color:var(--good)}.stopped{color:var(--soft)}.failed{color:var(--bad)}
.running::before{content:"";display:inline-block;width:.5rem;height:.5rem;border-radius:50%;background:currentColor;
margin-right:.45rem}
.bad{background:var(--bad-paper);color:var(--bad);border-left:4px solid;border-radius:4px;padding:.8rem 1rem;
margin:0 0 1.6rem}
.bad p{margin:.15rem 0;overflow-wrap:anywhere}.bad b{display:block}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(45%,186px),1fr));margin:1.6rem 0;padding:.5rem 0;
border:solid var(--rule);border-width:1px 0}
dl div{padding:.4rem 1rem .4rem 0}
dt{font-size:.78rem;color:var(--soft)}
dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere;line-height:1.35}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,460px),1fr));gap:1.2rem;align-items:start}
.card{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:1.1rem 1.2rem;min-width:0;
margin:0}
.small{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,230px),1fr));gap:1.2rem}
.stack{display:grid;gap:1.2rem;min-width:0}
.card svg{display:block;width:100%;height:auto}.small svg{max-width:330px}
.card img{display:block;width:100%;max-width:660px;height:auto;margin:0 auto;image-rendering:pixelated;
border-radius:3px}
.cap{color:var(--soft);font-size:.88rem;margin:.7rem 0 0;line-height:1.45}
pre{font:.82rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-x:auto;margin:0;white-space:pre}
.strip{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:.8rem}
.strip figure{margin:0}.strip figcaption{font-size:.82rem;color:var(--soft);text-align:center;margin-top:.2rem}
.film .strip{display:block}.film figure{display:none}.film figure.on{display:block}.film figcaption{display:none}
.bar{display:none}.film .bar{display:flex;align-items:center;gap:.8rem;max-width:660px;margin:.8rem auto 0}
.bar input{flex:1;min-width:0;accent-color:var(--accent);height:1.6rem}
.bar output{font-variant-numeric:tabular-nums;font-size:.9rem;min-width:5.2rem;text-align:right}
.bar button{font:inherit;font-size:.86rem;width:4.4rem;padding:.25rem 0;border:1px solid var(--rule);
border-radius:6px;background:none;color:inherit;cursor:pointer}
.bar button:hover{border-color:currentColor}
details.card{margin-top:1.2rem}summary{cursor:pointer;font-weight:640;font-size:1.06rem}
summary+pre{margin-top:.8rem}
footer{margin-top:2rem;color:var(--soft);font-size:.84rem}
@media print{.bar{display:none!important}}
)css";

/// The strip of sample pictures becomes a slider. Its place survives a reload; at the end it follows the newest
/// epoch.
inline constexpr std::string_view script = R"js(
(() => {
  const box = document.querySelector('.samples');
  if (!box) return;
  const all = [...box.querySelectorAll('figure')];
  const [range, out, play] = ['input', 'output', 'button'].map(tag => box.querySelector(tag));
  if (all.length < 2) return;
  const key = 'genet ' + location.pathname;
  const stored = () => { try { return sessionStorage.getItem(key) } catch (e) {} };
  const store = v => { try { sessionStorage.setItem(key, v) } catch (e) {} };
  let timer = 0;
  const show = i => {
    range.value = i;
    all.forEach((f, k) => f.classList.toggle('on', k === i));
    out.value = 'epoch ' + all[i].dataset.epoch;
  };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = 'Play'; };
  const last = all.length - 1, kept = all.findIndex(f => f.dataset.epoch === stored());
  range.max = last;
  box.classList.add('film');
  show(kept < 0 ? last : kept);
  range.oninput = () => {
    stop();
    show(+range.value);
    store(+range.value === last ? '' : all[range.value].dataset.epoch);
  };
  play.onclick = () => {
    if (timer) return stop();
    play.textContent = 'Pause';
    if (+range.value === last) show(0);
    const next = () => +range.value === last ? stop() : show(+range.value + 1);
    timer = setInterval(next, Math.max(120, 3000 / all.length));
  };
})();
)js";

inline std::string_view name(page::state s) {
  switch (s) {
    case page::state::running: return "running";
    case page::state::done: return "done";
    case page::state::stopped: return "stopped";
    case page::state::failed: break;
  }
  return "failed";
}

inline std::string card(const section& s) {
  return "<section class=\"card\"><h2>" + svg::escape(s.title) + "</h2>" + s.body +
         (s.caption.empty() ? "" : "<p class=\"cap\">" + svg::escape(s.caption) + "</p>") + "</section>\n";
}

/// Of `count` pictures as many as there is room for, the first and the last among them, evenly spread.
inline std::vector<std::size_t> spread(std::size_t count, std::size_t room) {
  std::vector<std::size_t> out;
  room = std::min(room, count);
  for (std::size_t i = 0; i < room; ++i) out.push_back(room == 1 ? count - 1 : i * (count - 1) / (room - 1));
  return out;
}

inline std::string film(const page& p, const std::vector<std::size_t>& chosen) {
  if (chosen.empty()) return {};
  std::string t = "<section class=\"card samples\"><h2>Samples</h2><div class=\"strip\">";
  for (const auto i : chosen) {
    const auto& [epoch, file] = *std::next(p.samples.begin(), static_cast<std::ptrdiff_t>(i));
    const std::string n = std::to_string(epoch);
    t += "<figure data-epoch=\"" + n + "\">" + embedded(file, "samples after epoch " + n) + "<figcaption>epoch " + n +
         "</figcaption></figure>";
  }
  return t +
         "</div><div class=\"bar\"><button type=\"button\">Play</button><input type=\"range\" min=\"0\" value=\"0\" "
         "aria-label=\"epoch\"><output></output></div><p class=\"cap\">From the same noise after every epoch" +
         (chosen.size() < p.samples.size()
              ? " (" + std::to_string(chosen.size()) + " of " + std::to_string(p.samples.size()) + " epochs shown)"
              : "") +
         ".</p></section>\n";
}

}  // namespace detail

/// The page as one file that needs no other: no server, no network. It stays below `limit` bytes: first sample
/// pictures of epochs in between are left out, then the largest sections, which say so.
inline std::string render(page p, std::size_t limit = 1'950'000) {
  const std::string title = p.title.empty() ? "genet" : svg::escape(p.title);
  std::string head = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                     "content=\"width=device-width,initial-scale=1\">";
  if (p.now == page::state::running)
    head += "<meta http-equiv=\"refresh\" content=\"" + std::to_string(p.reload_seconds) + "\">";
  head += "<link rel=\"icon\" href=\"data:,\"><title>" + title + "</title><style>" + std::string(detail::style) +
          "</style></head>\n<body><main>\n";
  if (!p.failures.empty()) {
    head += "<div class=\"bad\" role=\"alert\"><b>" +
            std::string(p.now == page::state::failed ? "The training failed" : "Something went wrong") + "</b>";
    for (const auto& f : p.failures) head += "<p>" + svg::escape(f) + "</p>";
    head += "</div>\n";
  }
  head += "<header><h1>" + title + "</h1><span class=\"pill " + std::string(detail::name(p.now)) + "\">" +
          svg::escape(p.status) + "</span>";
  if (!p.subtitle.empty()) head += "<p class=\"sub\">" + svg::escape(p.subtitle) + "</p>";
  head += "</header>\n";
  if (!p.model.empty()) head += "<code class=\"model\">" + svg::escape(p.model) + "</code>\n";
  if (!p.facts.empty()) {
    head += "<dl>";
    for (const auto& [what, value] : p.facts)
      head += "<div><dt>" + svg::escape(what) + "</dt><dd>" + svg::escape(value) + "</dd></div>";
    head += "</dl>\n";
  }
  std::string charts;
  if (!p.charts.empty()) {
    charts = "<div class=\"stack\">" + detail::card(p.charts.front());
    if (p.charts.size() > 1) {
      charts += "<div class=\"small\">";
      for (std::size_t i = 1; i < p.charts.size(); ++i) charts += detail::card(p.charts[i]);
      charts += "</div>";
    }
    charts += "</div>\n";
  }
  std::string tail;
  if (!p.summary.empty())
    tail +=
        "<details class=\"card\" open><summary>Model</summary><pre>" + svg::escape(p.summary) + "</pre></details>\n";
  tail += "<footer>Made by genet. This file needs no network.</footer>\n</main><script>" +
          std::string(detail::script) + "</script></body></html>\n";

  const auto sections = [&] {
    std::string t;
    for (const auto& s : p.sections) t += detail::card(s);
    return t;
  };
  std::string below = sections();
  std::size_t used = head.size() + charts.size() + tail.size() + 200;
  while (used + below.size() > limit) {
    const auto largest = std::max_element(p.sections.begin(), p.sections.end(),
                                          [](const auto& a, const auto& b) { return a.body.size() < b.body.size(); });
    if (largest == p.sections.end() || largest->body.size() < 200) break;
    largest->body = "<p class=\"cap\">Left out: " + std::to_string(largest->body.size() / 1024) +
                    " KiB would make this file too large.</p>";
    below = sections();
  }
  used += below.size();
  std::vector<std::size_t> chosen;
  for (std::size_t room = p.samples.size(); room > 0 && chosen.empty(); --room) {
    chosen = detail::spread(p.samples.size(), room);
    std::size_t need = 800;
    for (const auto i : chosen)
      need += std::next(p.samples.begin(), static_cast<std::ptrdiff_t>(i))->second.size() * 4 / 3 + 200;
    if (used + need > limit) chosen.clear();
  }
  std::string body = "<div class=\"grid\">\n" + detail::film(p, chosen) + charts + "</div>\n";
  if (!below.empty()) body += "<div class=\"grid\" style=\"margin-top:1.2rem\">\n" + below + "</div>\n";
  return head + body + tail;
}

}  // namespace genet::html

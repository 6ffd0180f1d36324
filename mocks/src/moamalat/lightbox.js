// A stand-in for Moamalat's Lightbox: the same three functions, a dialog with the three ways it can end.
(function () {
  "use strict";

  var endpoint = new URL("/_pay", document.currentScript.src).href;
  var overlay = null;
  var options = {};

  var style =
    ".mock-lightbox{position:fixed;inset:0;z-index:2147483000;display:flex;align-items:center;justify-content:center;" +
    "padding:16px;background:rgba(15,23,42,.6);font:16px/1.5 system-ui,'Segoe UI',Tahoma,sans-serif;color:#0f172a}" +
    ".mock-lightbox *{box-sizing:border-box}" +
    ".mock-lightbox-card{width:100%;max-width:380px;padding:24px;background:#fff;border-radius:16px;" +
    "box-shadow:0 24px 64px rgba(15,23,42,.35)}" +
    ".mock-lightbox-head{display:flex;justify-content:space-between;align-items:center;margin-bottom:16px}" +
    ".mock-lightbox-head strong{font-size:18px}" +
    ".mock-lightbox-test{padding:2px 10px;border-radius:99px;background:#fef3c7;color:#92400e;font-size:12px}" +
    ".mock-lightbox-amount{margin:8px 0;font-size:34px;font-weight:700;text-align:center}" +
    ".mock-lightbox-reference{margin:0 0 20px;text-align:center;color:#64748b;font-size:13px;word-break:break-all}" +
    ".mock-lightbox button{display:block;width:100%;margin-top:10px;padding:12px;border-radius:10px;font:inherit;" +
    "font-weight:600;cursor:pointer;border:1px solid transparent}" +
    ".mock-lightbox button:disabled{opacity:.5;cursor:default}" +
    ".mock-lightbox button:focus-visible{outline:3px solid #93c5fd;outline-offset:2px}" +
    ".mock-lightbox-pay{background:#047857;color:#fff}" +
    ".mock-lightbox-decline{background:#fff;color:#b91c1c;border-color:#fecaca!important}" +
    ".mock-lightbox-cancel{background:transparent;color:#475569}" +
    ".mock-lightbox-note{min-height:24px;margin:12px 0 0;text-align:center;color:#b91c1c;font-size:14px}";

  function node(tag, name, text) {
    var made = document.createElement(tag);
    made.className = name ? "mock-lightbox-" + name : "";
    made.textContent = text || "";
    return made;
  }

  // Dirham to dinar without floating point, for the amount on the screen is the amount that is paid.
  function dinar(dirham) {
    var digits = String(dirham).padStart(4, "0");
    return digits.slice(0, -3) + "." + digits.slice(-3);
  }

  function call(callback, data) {
    if (typeof callback === "function") {
      callback(data);
    }
  }

  // Everything that is not a callback goes to the provider, so that a field it does not know is noticed.
  function parameters(options) {
    var sent = {};
    Object.keys(options).forEach(function (name) {
      if (typeof options[name] !== "function" && options[name] !== undefined) {
        sent[name] = options[name];
      }
    });
    return sent;
  }

  function send(options, outcome) {
    var body = {
      provider: "moamalat",
      reference: String(options.MerchantReference || ""),
      outcome: outcome,
      parameters: parameters(options)
    };
    return fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body)
    }).then(function (response) {
      return response.json().then(function (answer) {
        if (!response.ok) {
          throw new Error(answer.error || "HTTP " + response.status);
        }
        return answer;
      });
    });
  }

  function finish(options, outcome, answer) {
    Checkout.closeLightbox();
    if (outcome === "approved") {
      call(options.completeCallback, answer.complete);
      // Moamalat documents that cancelCallback is also called after a success.
      call(options.cancelCallback);
    } else if (outcome === "declined") {
      call(options.errorCallback, answer.error);
    } else {
      call(options.cancelCallback);
    }
  }

  function button(options, name, label, outcome, note, card) {
    var made = node("button", name, label);
    made.type = "button";
    made.addEventListener("click", function () {
      var buttons = card.querySelectorAll("button");
      buttons.forEach(function (other) { other.disabled = true; });
      note.textContent = "";
      send(options, outcome).then(
        function (answer) { finish(options, outcome, answer); },
        function (problem) {
          note.textContent = problem.message;
          buttons.forEach(function (other) { other.disabled = false; });
          if (outcome === "cancelled") {
            finish(options, outcome, {});
          } else {
            call(options.errorCallback, { error: problem.message, MerchantReference: options.MerchantReference });
          }
        }
      );
    });
    return made;
  }

  function build(options) {
    var arabic = (document.documentElement.lang || navigator.language || "").toLowerCase().indexOf("ar") === 0;
    var say = function (inArabic, inEnglish) {
      return arabic ? inArabic + " · " + inEnglish : inEnglish + " · " + inArabic;
    };
    var made = node("div");
    made.className = "mock-lightbox";
    made.dir = arabic ? "rtl" : "ltr";
    made.lang = arabic ? "ar" : "en";
    made.setAttribute("role", "dialog");
    made.setAttribute("aria-modal", "true");
    made.setAttribute("aria-label", say("الدفع بالبطاقة", "Card payment"));
    var sheet = document.createElement("style");
    sheet.textContent = style;
    var card = node("div", "card");
    var head = node("div", "head");
    head.append(node("strong", "", say("معاملات", "Moamalat")), node("span", "test", say("تجريبي", "Test")));
    var amount = node("p", "amount");
    var number = node("bdi", "", dinar(options.AmountTrxn));
    amount.append(number, document.createTextNode(arabic ? " د.ل" : " LYD"));
    var reference = node("p", "reference");
    reference.append(node("bdi", "", String(options.MerchantReference || "")));
    var note = node("p", "note");
    note.setAttribute("role", "alert");
    card.append(head, amount, reference);
    card.append(button(options, "pay", say("ادفع", "Pay"), "approved", note, card));
    card.append(button(options, "decline", say("ارفض البطاقة", "Decline"), "declined", note, card));
    card.append(button(options, "cancel", say("إلغاء", "Cancel"), "cancelled", note, card));
    card.append(note);
    made.append(sheet, card);
    return made;
  }

  var Checkout = {
    showLightbox: function () {
      Checkout.closeLightbox();
      overlay = build(options);
      document.body.append(overlay);
      overlay.querySelector("button").focus();
    },
    closeLightbox: function () {
      if (overlay) {
        overlay.remove();
        overlay = null;
      }
    }
  };

  // Pages assign the options to `configure`, as documented; others call it with them.
  Object.defineProperty(Checkout, "configure", {
    get: function () { return function (given) { options = given; }; },
    set: function (given) { options = given; }
  });

  window.Lightbox = { Checkout: Checkout };
})();

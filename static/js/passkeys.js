// Passkeys: the browser asks the device, the form carries what it answers. Without them the other ways in remain.

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

const described = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

async function create({ publicKey }) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: described(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    },
  });
  return packed(credential, {
    attestationObject: toText(credential.response.attestationObject),
    transports: credential.response.getTransports?.() ?? [],
  });
}

async function get({ publicKey }, more = {}) {
  const credential = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      allowCredentials: described(publicKey.allowCredentials),
    },
    ...more,
  });
  const { authenticatorData, signature, userHandle } = credential.response;
  return packed(credential, {
    authenticatorData: toText(authenticatorData),
    signature: toText(signature),
    userHandle: userHandle ? toText(userHandle) : null,
  });
}

function packed(credential, response) {
  return JSON.stringify({
    type: credential.type,
    id: credential.id,
    rawId: toText(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { clientDataJSON: toText(credential.response.clientDataJSON), ...response },
  });
}

// The challenge for logging in is fetched only when someone is about to: it takes a session.
async function challenge(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).request_options;
}

let waiting; // a passkey offered among the addresses the browser fills in

function send(form, credential) {
  form.elements.credential.value = credential;
  HTMLFormElement.prototype.submit.call(form);
}

const supported = "PublicKeyCredential" in window;

for (const form of supported ? document.querySelectorAll("form[data-passkey]") : []) {
  const { passkey, options } = form.dataset;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    waiting?.abort();
    const failed = form.querySelector("[data-passkey-failed]");
    failed.hidden = true;
    try {
      const given = passkey === "login" ? await challenge(form) : JSON.parse(document.getElementById(options).textContent);
      send(form, await (passkey === "create" ? create(given) : get(given)));
    } catch {
      failed.hidden = false;
      failed.setAttribute("role", "alert");
    }
  });
  const field = document.querySelector("input[autocomplete~=webauthn]");
  if (passkey !== "login" || !field) continue;
  field.addEventListener(
    "focus",
    async () => {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      waiting = new AbortController();
      try {
        send(form, await get(await challenge(form), { mediation: "conditional", signal: waiting.signal }));
      } catch {
        // Nobody chose one: the form is filled in as ever.
      }
    },
    { once: true },
  );
}

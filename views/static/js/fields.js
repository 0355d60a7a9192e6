// The provider's fields: this loads the provider's script, has it draw its fields in a frame of its own, and says what comes
// of it. What is typed there never comes here.

const form = document.querySelector('[data-fields]')
const says = document.querySelector('[data-fields-says]')
const words = form.dataset
const button = form.querySelector('button')
const patience = 20000

function say(text, bad = false) {
  says.toggleAttribute('data-bad', bad)
  says.textContent = text
}

function fail() {
  form.hidden = true
  say(words.failed, true)
}

// What was settled elsewhere, in another tab or by the bank, is shown by the page that asks the provider.
function leave() {
  location.assign(words.return)
}

function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = address
    script.onload = resolve
    script.onerror = reject
    document.head.append(script)
  })
}

async function show() {
  say(words.loading)
  await load(words.fields)
  const provider = window.Stripe(words.key, { locale: words.lang })
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const elements = provider.elements({ clientSecret: words.secret, appearance: { theme: dark ? 'night' : 'stripe' } })
  const fields = elements.create('payment')
  await new Promise((resolve, reject) => {
    fields.on('ready', resolve)
    fields.on('loaderror', reject)
    form.hidden = false // a frame that is not shown is not loaded everywhere
    button.hidden = true
    fields.mount(form.querySelector('[data-fields-place]'))
  })
  button.hidden = false
  say('')
  return () => provider.confirmPayment({ elements, redirect: 'if_required', confirmParams: { return_url: words.return } })
}

// Whether the payment can still be tried in these fields, by what the provider says of it.
const open = ['requires_payment_method', 'requires_confirmation', 'requires_action']

let pay
let paying = false

form.addEventListener('submit', async event => {
  event.preventDefault()
  if (paying || !pay) return
  paying = true
  button.setAttribute('aria-disabled', 'true')
  say(words.paying)
  try {
    const { error, paymentIntent } = await pay()
    const state = (error?.payment_intent ?? paymentIntent)?.status
    if (!error || state && !open.includes(state)) return leave()
    const own = error.type === 'card_error' || error.type === 'validation_error'
    say(own && error.message || (error.type === 'api_connection_error' ? words.unheard : words.refused), true)
  } catch {
    say(words.unheard, true)
  }
  paying = false
  button.removeAttribute('aria-disabled')
})

// Whoever comes back from a bank by the browser's button finds fields that may be spent.
addEventListener('pageshow', event => {
  if (event.persisted) location.reload()
})

const late = setTimeout(() => pay || fail(), patience)
show().then(confirm => { pay = confirm }, fail).finally(() => clearTimeout(late))

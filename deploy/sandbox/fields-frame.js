// The frame with the fields. It tells the page around it when it is ready and what came of a try to pay, and nothing else.

// The test cards, by their number, and what the bank makes of them.
const cards = {
  4242424242424242: 'visa',
  5555555555554444: 'mastercard',
  4000000000003220: 'challenge',
  4000000000000002: 'do_not_honor',
  4000000000009995: 'insufficient_funds',
  4000000000000069: 'expired_card',
  4000000000000127: 'incorrect_cvc',
}

const field = id => document.getElementById(id)
const digits = id => field(id).value.replace(/\D/g, '')
const refuse = (type, message, status) => ({ error: { type, message, payment_intent: status && { status } } })

// What is wrong with what was typed, if anything.
function wrong() {
  const problems = { number: '', expiry: '', code: '' }
  if (digits('number').length < 16) problems.number = 'Your card number is incomplete.'
  else if (!cards[digits('number')]) problems.number = 'Test mode: use one of the test cards.'
  if (!/^(0[1-9]|1[0-2])\d\d$/.test(digits('expiry'))) problems.expiry = 'Your card’s expiry date is incomplete.'
  if (digits('code').length < 3) problems.code = 'Your card’s security code is incomplete.'
  for (const [id, problem] of Object.entries(problems)) field(id).toggleAttribute('aria-invalid', problem !== '')
  const first = Object.keys(problems).find(id => problems[id])
  if (first) field(first).focus()
  return problems[first]
}

async function pay({ key, secret, back }) {
  const problem = wrong()
  if (problem) return refuse('validation_error', problem)
  const id = secret.split('_secret_')[0]
  let answer
  try {
    const body = new URLSearchParams({ key, client_secret: secret, card: cards[digits('number')], return_url: back })
    const response = await fetch(`/fields/${id}`, { method: 'POST', body })
    answer = await response.json()
    if (response.status === 409) return refuse('invalid_request_error', answer.error.message, 'canceled')
    if (!response.ok) return refuse('api_error', 'Something went wrong.')
  } catch {
    return refuse('api_connection_error', 'The network failed.')
  }
  if (answer.redirect_url) return { leave: answer.redirect_url }
  if (answer.state === 'requires_action') {
    return refuse('card_error', `Your bank declined the card: ${answer.decline_reason.replaceAll('_', ' ')}. Try again, or another card.`, 'requires_payment_method')
  }
  return { paymentIntent: { status: answer.state === 'authorized' ? 'requires_capture' : 'succeeded' } }
}

addEventListener('message', async event => {
  if (event.source !== parent) return
  parent.postMessage({ answer: await pay(event.data) }, event.origin)
})

const tell = data => parent.postMessage(data, '*') // any shop's page may ask, and there is nothing to hide in it
new ResizeObserver(() => tell({ height: document.documentElement.scrollHeight })).observe(document.body)
tell({ ready: true })

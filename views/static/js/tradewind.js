// The one script of our own. Every behaviour hangs on a data- attribute, makes a working page quicker or clearer, and can
// be taken away. It keeps no state that the server does not have.

const all = (selector, root = document) => root.querySelectorAll(selector)

// data-cart-count: public pages are the same for everyone, so the number of items comes from a readable cookie,
// and its words from data-one and data-many, where # is the number.
function showCartCount() {
  const cookie = document.cookie.match(/(?:^|; )cart_count=(\d{1,4})/)
  if (!cookie) return
  const count = Number(cookie[1])
  for (const badge of all('[data-cart-count]')) {
    const digits = document.createElement('span')
    digits.ariaHidden = 'true'
    digits.textContent = count
    const words = document.createElement('span')
    words.className = 'visually-hidden'
    words.textContent = count === 1 ? badge.dataset.one : badge.dataset.many?.replace('#', count)
    badge.replaceChildren(digits, words)
    badge.hidden = count === 0
  }
}

// data-error-summary: a refused form speaks first.
function focusErrors(root = document) {
  const summary = root.querySelector('[data-error-summary]')
  if (summary) summary.focus()
}

// data-submit-once: a second press of the button does nothing while the first is under way. The button stays reachable,
// and works again when the reader comes back to the page or nothing has happened for a while.
const sent = new WeakMap()

function release(form) {
  clearTimeout(sent.get(form))
  sent.delete(form)
  for (const button of all('button[aria-disabled]', form)) button.removeAttribute('aria-disabled')
}

document.addEventListener('submit', event => {
  const form = event.target
  form.removeAttribute('data-changed')
  // data-scripted: tells the shop that script runs here.
  for (const input of all('[data-scripted]', form)) input.value = '1'
  if (!form.matches('[data-submit-once]')) return
  if (sent.has(form)) {
    event.preventDefault()
    event.stopImmediatePropagation()
    return
  }
  sent.set(form, setTimeout(release, 15000, form))
  event.submitter?.setAttribute('aria-disabled', 'true')
}, true)

addEventListener('pageshow', event => {
  if (event.persisted) {
    for (const form of all('[data-submit-once]')) release(form)
    showCartCount()
  }
})

// data-unsaved: leaving a form with typed text asks first.
document.addEventListener('input', event => {
  event.target.closest?.('[data-unsaved]')?.setAttribute('data-changed', '')
})

addEventListener('beforeunload', event => {
  if (document.querySelector('[data-unsaved][data-changed]')) event.preventDefault()
})

// data-copy: a button that copies the text of the element it names.
document.addEventListener('click', event => {
  const button = event.target.closest?.('[data-copy]')
  const source = button && document.getElementById(button.dataset.copy)
  if (!source) return
  navigator.clipboard.writeText(source.value ?? source.textContent).then(() => {
    button.lastElementChild.textContent = button.dataset.copied
  })
})

// data-thumbnail: moves the gallery without a new entry in the history.
document.addEventListener('click', event => {
  const link = event.target.closest?.('[data-thumbnail]')
  const picture = link && document.querySelector(link.hash)
  if (!picture || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  picture.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'nearest', inline: 'start' })
})

// data-select-all: one box ticks all boxes of its table.
document.addEventListener('change', event => {
  if (!event.target.matches?.('[data-select-all]')) return
  for (const box of all('tbody input[type=checkbox]', event.target.closest('table'))) box.checked = event.target.checked
})

// data-suggest: the search box is a combobox over what it suggests. Arrows choose, Enter follows the choice or sends what is typed, Escape and
// going elsewhere put the suggestions away.
const options = form => [...all('[role=option]', form)]

function choose(form, chosen) {
  for (const option of options(form)) option.ariaSelected = String(option === chosen)
  const box = form.querySelector('input')
  if (chosen) box.setAttribute('aria-activedescendant', chosen.id)
  else box.removeAttribute('aria-activedescendant')
  form.chosen = chosen?.href // an answer that comes late brings it again
  chosen?.scrollIntoView({ block: 'nearest' })
}

function showSuggestions(form) {
  const box = form.querySelector('input')
  if (document.activeElement !== box) form.querySelector('#suggestions')?.replaceChildren()
  box.ariaExpanded = String(options(form).length > 0)
  choose(form, options(form).find(option => option.href === form.chosen))
}

for (const box of all('[data-suggest] input[hx-get]')) {
  box.role = 'combobox'
  box.ariaAutoComplete = 'list'
  box.ariaExpanded = 'false'
  box.setAttribute('aria-controls', 'suggestion-list')
  const form = box.form
  box.addEventListener('blur', () => showSuggestions(form))
  box.addEventListener('input', () => choose(form))
  form.addEventListener('mousedown', event => {
    if (event.target.closest('[role=option]')) event.preventDefault() // the focus stays in the box
  })
  box.addEventListener('keydown', event => {
    const stops = options(form)
    if (!stops.length) return
    const at = stops.findIndex(option => option.ariaSelected === 'true')
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) choose(form, [...stops, undefined].at((at < 0 && step < 0 ? stops.length : at) + step))
    else if (event.key === 'Escape') {
      form.querySelector('#suggestions').replaceChildren()
      showSuggestions(form)
    } else return
    event.preventDefault()
  })
  form.addEventListener('submit', event => {
    const option = options(form).find(option => option.ariaSelected === 'true')
    if (!option) return
    event.preventDefault()
    option.click()
  })
}

document.addEventListener('keydown', event => {
  // data-search-key: in the back office, / goes to the search box.
  if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.target.matches?.('input, select, textarea')) {
    const box = document.querySelector('[data-search-key]')
    if (box) {
      event.preventDefault()
      box.focus()
    }
  }
})

// data-tidy: empty fields of a filter stay out of the address.
document.addEventListener('formdata', ({ target, formData }) => {
  if (!target.matches('[data-tidy]')) return
  for (const [name, value] of [...formData]) if (value === '') formData.delete(name)
})

// An answer without the expected part is another page: a login, an error. It is opened whole instead of leaving a hole.
document.addEventListener('htmx:before:swap', event => {
  const { ctx, tasks } = event.detail
  const main = tasks.find(task => task.type === 'main')
  if (!main || !ctx.select || ctx.swap === 'none' || main.fragment.childElementCount) return
  const source = ctx.sourceElement
  if (source.matches('input')) return
  event.preventDefault()
  const { raw } = ctx.response
  if (raw.redirected || ctx.request.method === 'GET') location.assign(raw.url)
  else source.submit()
})

// data-open: what lands in such an element is shown in the dialog it names.
document.addEventListener('htmx:after:swap', event => {
  const { ctx } = event.detail
  const place = ctx.target
  showCartCount()
  if (ctx.sourceElement?.matches?.('[data-submit-once]')) release(ctx.sourceElement)
  if (ctx.sourceElement?.matches?.('[role=combobox]')) showSuggestions(ctx.sourceElement.form)
  if (place) focusErrors(place)
  if (place?.matches?.('[data-open]')) document.getElementById(place.dataset.open).showModal()
  // data-more: the link that asked for more is gone; reading goes on at the first thing that came.
  if (place?.matches?.('[data-more]')) place.querySelector('a')?.focus()
})

// Errors of the server or the network fall back to the plain form.
function fallBack(event) {
  const { ctx } = event.detail
  const source = ctx?.sourceElement
  if (ctx?.response && ctx.response.status < 500) return
  if (source instanceof HTMLFormElement) source.submit()
}

document.addEventListener('htmx:error', fallBack)
document.addEventListener('htmx:response:error', fallBack)

showCartCount()
focusErrors()

// The script that shops' pages load: as much of Stripe.js's public interface as a page with fields needs. It draws a frame, and
// tells it to pay; what is typed there stays there.
{
  const home = new URL(document.currentScript.src).origin

  class Fields {
    #frame = document.createElement('iframe')
    #heard = {}
    #asked

    constructor({ clientSecret, appearance }) {
      this.secret = clientSecret
      this.#frame.src = `${home}/fields?theme=${appearance?.theme === 'night' ? 'night' : 'stripe'}`
      this.#frame.title = 'Card'
      this.#frame.width = '100%'
      this.#frame.height = '250'
      this.#frame.setAttribute('frameborder', '0')
      addEventListener('message', event => {
        if (event.source !== this.#frame.contentWindow || event.origin !== home) return
        const { ready, height, answer } = event.data
        if (height) this.#frame.height = height
        if (ready) this.#heard.ready?.()
        if (answer) this.#asked?.(answer)
      })
      this.#frame.addEventListener('error', () => this.#heard.loaderror?.({ error: { type: 'api_connection_error' } }))
    }

    on(event, heard) {
      this.#heard[event] = heard
      return this
    }

    mount(place) {
      const element = typeof place === 'string' ? document.querySelector(place) : place
      element.replaceChildren(this.#frame)
    }

    pay(order) {
      return new Promise(resolve => {
        this.#asked = resolve
        this.#frame.contentWindow.postMessage(order, home)
      })
    }
  }

  window.Stripe = key => ({
    elements(options) {
      const fields = new Fields(options)
      return { create: () => fields, fields }
    },
    async confirmPayment({ elements, confirmParams }) {
      const { fields } = elements
      const answer = await fields.pay({ key, secret: fields.secret, back: confirmParams.return_url })
      if (!answer.leave) return answer
      location.assign(answer.leave) // the bank wants to be shown who pays
      return new Promise(() => {})
    },
  })
}

package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// LoginPage lets staff in. It posts email, password and next to /login.
type LoginPage struct {
	Shell
	Email    string
	Next     string      // where to go afterwards
	Wait     string      // "Too many tries. You can try again in 4 minutes."
	Ended    string      // that the session ended while working, and what became of what was typed
	Kept     []ui.Hidden // what was being sent when it ended; the form carries it along
	Problems ui.Problems
}

// SecondFactorPage asks for the code of an authenticator. It posts code and next to /login/code.
type SecondFactorPage struct {
	Shell
	Next     string
	Wait     string
	Problems ui.Problems
}

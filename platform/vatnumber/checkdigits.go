package vatnumber

import (
	"slices"
	"strconv"
	"strings"
)

// weighted is the sum of the digits times their weights.
func weighted(digits string, weights ...int) int {
	sum := 0
	for i, weight := range weights {
		sum += weight * int(digits[i]-'0')
	}
	return sum
}

func divisible(by int, weights ...int) func(string) bool {
	return func(d string) bool { return weighted(d, weights...)%by == 0 }
}

// number is the value of up to 18 digits.
func number(digits string) int {
	value, _ := strconv.Atoi(digits) // the pattern let digits through alone
	return value
}

// last is the digit at the end.
func last(d string) int { return int(d[len(d)-1] - '0') }

// mod is the remainder that is never negative.
func mod(n, by int) int { return (n%by + by) % by }

// luhnSum is that of ISO/IEC 7812-1, with the last digit counted once.
func luhnSum(d string) int {
	sum := 0
	for i := range len(d) {
		digit := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum
}

func luhn(d string) bool { return luhnSum(d)%10 == 0 }

// elevenTen is ISO 7064 MOD 11,10.
func elevenTen(d string) bool {
	check := 5
	for i := range len(d) {
		if check == 0 {
			check = 10
		}
		check = (check*2%11 + int(d[i]-'0')) % 10
	}
	return check == 1
}

func austria(d string) bool { return mod(6-luhnSum(d[1:8]), 10) == last(d) }

func belgium(d string) bool { return 97-number(d[:8])%97 == number(d[8:]) }

// bulgaria: companies have nine digits; persons, foreigners and others ten, each of another kind.
func bulgaria(d string) bool {
	if len(d) == 9 {
		check := weighted(d, 1, 2, 3, 4, 5, 6, 7, 8) % 11
		if check == 10 {
			check = weighted(d, 3, 4, 5, 6, 7, 8, 9, 10) % 11
		}
		return check%10 == last(d)
	}
	person := weighted(d, 2, 4, 8, 5, 10, 9, 7, 3, 6) % 11 % 10
	foreigner := weighted(d, 21, 19, 17, 13, 11, 9, 7, 3, 1) % 10
	other := mod(11-weighted(d, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11)
	return slices.Contains([]int{person, foreigner, other}, last(d))
}

func cyprus(d string) bool {
	odd := [10]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
	sum := 0
	for i := range 8 {
		digit := int(d[i] - '0')
		if i%2 == 0 {
			digit = odd[digit]
		}
		sum += digit
	}
	return !strings.HasPrefix(d, "12") && d[8] == byte('A'+sum%26)
}

// czechia: companies have eight digits, persons the nine (until 1953, without a check digit) or ten of their birth number, some persons nine that begin with 6.
func czechia(d string) bool {
	switch {
	case len(d) == 8:
		check := mod(11-weighted(d, 8, 7, 6, 5, 4, 3, 2), 11)
		if check == 0 {
			check = 1
		}
		return d[0] != '9' && check%10 == last(d)
	case len(d) == 9 && d[0] == '6':
		return mod(8-mod(10-weighted(d[1:], 8, 7, 6, 5, 4, 3, 2), 11), 10) == last(d)
	case len(d) == 9:
		month := number(d[2:4]) % 50
		return number(d[:2]) < 54 && month >= 1 && month <= 12
	default:
		return number(d[:9])%11%10 == last(d)
	}
}

// spain: persons (a digit or K, L, M first), foreigners (X, Y, Z) and companies (the other letters). Of companies the check is a digit or a letter; which letters
// have which is told in more than one way, so both are taken.
func spain(d string) bool {
	const persons, companies = "TRWAGMYFPDXBNJZSQVHLCKE", "JABCDEFGHI"
	switch first := d[0]; {
	case first >= '0' && first <= '9':
		return d[8] == persons[number(d[:8])%23]
	case strings.IndexByte("XYZ", first) >= 0:
		return d[8] == persons[number(string('0'+first-'X')+d[1:8])%23]
	case strings.IndexByte("KLM", first) >= 0:
		return d[8] == persons[number(d[1:8])%23]
	case strings.IndexByte("ABCDEFGHJNPQRSUVW", first) >= 0:
		check := mod(-luhnSum(d[1:8]+"0"), 10)
		return d[8] == byte('0'+check) || d[8] == companies[check]
	}
	return false
}

// france: the SIREN, and two signs over it; those of Monaco have no SIREN.
func france(d string) bool {
	siren := number(d[2:])
	if !strings.HasPrefix(d[2:], "000") && !luhn(d[2:]) {
		return false
	}
	if d[0] <= '9' && d[1] <= '9' {
		return number(d[:2]) == number(d[2:]+"12")%97
	}
	const signs = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	first, second := strings.IndexByte(signs, d[0]), strings.IndexByte(signs, d[1])
	check := first*34 + second - 100
	if first < 10 {
		check = first*24 + second - 10
	}
	return (siren+1+check/11)%11 == check%11
}

func greece(d string) bool {
	return weighted(d, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == last(d)
}

// ireland: of old numbers the second sign is a letter, and the first digit counts last.
func ireland(d string) bool {
	const signs = "WABCDEFGHIJKLMNOPQRSTUV"
	digits, letters := d[:7], d[7:]
	if d[1] < '0' || d[1] > '9' {
		digits = "0" + d[2:7] + d[:1]
		if len(letters) > 1 {
			return false
		}
	}
	sum := weighted(digits, 8, 7, 6, 5, 4, 3, 2)
	if len(letters) > 1 {
		sum += 9 * strings.IndexByte(signs, letters[1])
	}
	return letters[0] == signs[sum%23]
}

// italy: the digits before the last are the office's, of which there are few.
func italy(d string) bool {
	office := number(d[7:10])
	return number(d[:7]) > 0 && (office >= 1 && office <= 100 || slices.Contains([]int{120, 121, 888, 999}, office)) && luhn(d)
}

func lithuania(d string) bool {
	sum := func(from int) (sum int) {
		for i := range len(d) - 1 {
			sum += (1 + (i+from)%9) * int(d[i]-'0')
		}
		return sum % 11
	}
	check := sum(0)
	if check == 10 {
		check = sum(2)
	}
	return d[len(d)-2] == '1' && check%10 == last(d)
}

// latvia: companies begin with 4 or more. Persons have their personal code; those given out since 2017 begin with 32 and have no check digit.
func latvia(d string) bool {
	switch {
	case d[0] > '3':
		return weighted(d, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
	case d[:2] == "32":
		return true
	default:
		return (1+weighted(d, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9))%11%10 == last(d)
	}
}

// netherlands: companies have nine digits of their own with a check digit; since 2020 the numbers of persons are checked as a whole by ISO 7064 MOD 97-10.
func netherlands(d string) bool {
	if weighted(d, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 {
		return true
	}
	rest := 0
	for _, r := range "NL" + d {
		value := int(r - '0')
		if r >= 'A' {
			value = int(r-'A') + 10
			rest *= 10
		}
		rest = (rest*10 + value) % 97
	}
	return rest == 1
}

func portugal(d string) bool { return mod(11-weighted(d, 9, 8, 7, 6, 5, 4, 3, 2), 11)%10 == last(d) }

func romania(d string) bool {
	d = lead(10)(d)
	return 10*weighted(d, 7, 5, 3, 2, 1, 7, 5, 3, 2)%11%10 == last(d)
}

func slovenia(d string) bool {
	return mod(-weighted(d, 8, 7, 6, 5, 4, 3, 2), 11)%10 == last(d)
}

// britain: two remainders, since the numbers of one kind ran out.
func britain(d string) bool {
	if d[0] > '9' {
		return true
	}
	rest := weighted(d, 8, 7, 6, 5, 4, 3, 2, 10, 1) % 97
	return rest == 0 || rest == 42
}

func switzerland(d string) bool {
	return mod(11-weighted(d[1:], 5, 4, 3, 2, 7, 6, 5, 4), 11) == last(d)
}

func australia(d string) bool {
	return (weighted(d, 10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)-10)%89 == 0
}

// india is Luhn's way with 36 signs.
func india(d string) bool {
	const signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	sum := 0
	for i := range 14 {
		product := strings.IndexByte(signs, d[i]) * (1 + i%2)
		sum += product/36 + product%36
	}
	return d[14] == signs[mod(36-sum, 36)]
}

package address

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
)

// What people type is accepted in each country, stored in one way, and written as its post wants it. The addresses are those of public buildings.
func TestAddressesOfTheWorld(t *testing.T) {
	tests := []struct {
		country, typed string // line1 | line2 | city | region | postcode
		stored         string // region | postcode
		lines          string // after the name, before the country
	}{
		{"AD", "Carrer de la Vall 7||Andorra la Vella|Andorra la Vella|ad500", "07|AD500", "Carrer de la Vall 7 / AD500 Andorra la Vella"},
		{"AE", "1 Sheikh Mohammed bin Rashid Blvd||Dubai|Dubai|", "DU|", "1 Sheikh Mohammed bin Rashid Blvd / Dubai"},
		{"AR", "Av. de Mayo 575||Buenos Aires|C|c1084aab", "C|C1084AAB", "Av. de Mayo 575 / C1084AAB Buenos Aires / Ciudad Autónoma de Buenos Aires"},
		{"AT", "Heldenplatz 1||Wien||A-1010", "|1010", "Heldenplatz 1 / 1010 Wien"},
		{"AU", "Bennelong Point||Sydney|New South Wales|2000", "NSW|2000", "Bennelong Point / Sydney NSW 2000"},
		{"BE", "Rue de la Loi 175||Bruxelles||B-1048", "|1048", "Rue de la Loi 175 / 1048 Bruxelles"},
		{"BG", "bul. Tsar Osvoboditel 1||Sofia||1000", "|1000", "bul. Tsar Osvoboditel 1 / 1000 Sofia"},
		{"BR", "Av. Paulista 1578|Bela Vista|São Paulo|são paulo|01310200", "SP|01310-200", "Av. Paulista 1578 / Bela Vista / São Paulo-SP / 01310-200"},
		{"CA", "111 Wellington St||Ottawa|Ontario|k1a0a9", "ON|K1A 0A9", "111 Wellington St / Ottawa ON K1A 0A9"},
		{"CH", "Bundesplatz 3||Bern||CH-3005", "|3005", "Bundesplatz 3 / CH-3005 Bern"},
		{"CL", "Moneda 1202||Santiago|Región Metropolitana de Santiago|8340457", "RM|8340457", "Moneda 1202 / 8340457 Santiago / Metropolitana de Santiago"},
		{"CN", "景山前街4号||东城区|北京市|100009", "11|100009", "100009 / 北京市东城区 / 景山前街4号"},
		{"CO", "Carrera 8 # 7-26||Bogotá|Antioquia|111711", "ANT|111711", "Carrera 8 # 7-26 / Bogotá, Antioquia, 111711"},
		{"CY", "1 Megaron Street||Nicosia||1400", "|1400", "1 Megaron Street / 1400 Nicosia"},
		{"CZ", "Hradčany 1||Praha||11908", "|119 08", "Hradčany 1 / 119 08 Praha"},
		{"DE", "Platz der Republik 1||Berlin||D-11011", "|11011", "Platz der Republik 1 / 11011 Berlin"},
		{"DK", "Christiansborg Slotsplads 1||København||DK-1218", "|1218", "Christiansborg Slotsplads 1 / 1218 København"},
		{"EE", "Lossi plats 1a||Tallinn||15165", "|15165", "Lossi plats 1a / 15165 Tallinn"},
		{"ES", "Calle de Alcalá 50||Madrid|MADRID|28014", "M|28014", "Calle de Alcalá 50 / 28014 Madrid Madrid"},
		{"FI", "Mannerheimintie 30||Helsinki||FI-00102", "|00102", "Mannerheimintie 30 / FI-00102 Helsinki"},
		{"FR", "55 rue du Faubourg Saint-Honoré||Paris||F-75008", "|75008", "55 rue du Faubourg Saint-Honoré / 75008 Paris"},
		{"GB", "10 Downing Street||London||sw1a2aa", "|SW1A 2AA", "10 Downing Street / London / SW1A 2AA"},
		{"GR", "Vas. Sofias 2||Athina||10674", "|106 74", "Vas. Sofias 2 / 106 74 Athina"},
		{"HK", "8 Connaught Place||Central|Hong Kong Island|", "Hong Kong Island|", "8 Connaught Place / Central / 香港島"},
		{"HR", "Trg sv. Marka 6||Zagreb||HR-10000", "|10000", "Trg sv. Marka 6 / HR-10000 Zagreb"},
		{"HU", "Kossuth Lajos tér 1-3||Budapest||1055", "|1055", "Budapest / Kossuth Lajos tér 1-3 / 1055"},
		{"ID", "Jl. Medan Merdeka Utara||Jakarta Pusat|DKI Jakarta|10110", "JK|10110", "Jl. Medan Merdeka Utara / Jakarta Pusat / DKI Jakarta 10110"},
		{"IE", "Kildare Street||Dublin|County Dublin|d02a272", "D|D02 A272", "Kildare Street / Dublin / Co. Dublin / D02 A272"},
		{"IL", "Kaplan 1||Jerusalem||9195016", "|9195016", "Kaplan 1 / Jerusalem 9195016"},
		{"IN", "Rajpath||New Delhi|delhi|110004", "DL|110004", "Rajpath / New Delhi 110004 / Delhi"},
		{"IT", "Piazza del Quirinale||Roma|Roma|00187", "RM|00187", "Piazza del Quirinale / 00187 Roma RM"},
		{"JP", "千代田区千代田1-1|||東京都|１００８１１１", "13|100-8111", "〒100-8111 / 東京都 / 千代田区千代田1-1"},
		{"JP", "1-1 Chiyoda, Chiyoda-ku|||Tokyo|100-8111", "13|100-8111", "1-1 Chiyoda, Chiyoda-ku, Tokyo / 100-8111"},
		{"KR", "1 Cheongwadae-ro||Jongno-gu|Seoul|03048", "11|03048", "1 Cheongwadae-ro / Jongno-gu / Seoul / 03048"},
		{"LT", "S. Daukanto a. 3||Vilnius||01122", "|01122", "S. Daukanto a. 3 / LT-01122 Vilnius"},
		{"LU", "17 boulevard Roosevelt||Luxembourg||L-2450", "|2450", "17 boulevard Roosevelt / L-2450 Luxembourg"},
		{"LV", "Rātslaukums 1||Rīga||1539", "|LV-1539", "Rātslaukums 1 / Rīga, LV-1539"},
		{"MT", "Palace Square||Valletta||vlt1190", "|VLT 1190", "Palace Square / Valletta VLT 1190"},
		{"MX", "Plaza de la Constitución||Ciudad de México|Ciudad de México|06066", "CMX|06066", "Plaza de la Constitución / 06066 Ciudad de México, Ciudad de México"},
		{"MY", "Jalan Raja||Kuala Lumpur|Kuala Lumpur|50050", "14|50050", "Jalan Raja / 50050 Kuala Lumpur / Kuala Lumpur"},
		{"NL", "Binnenhof 1a||Den Haag||2513aa", "|2513 AA", "Binnenhof 1a / 2513 AA Den Haag"},
		{"NO", "Karl Johans gate 22||Oslo||N-0026", "|0026", "Karl Johans gate 22 / 0026 Oslo"},
		{"NZ", "1 Molesworth Street|Pipitea|Wellington||6011", "|6011", "1 Molesworth Street / Pipitea / Wellington 6011"},
		{"PL", "ul. Wiejska 4||Warszawa||00902", "|00-902", "ul. Wiejska 4 / 00-902 Warszawa"},
		{"PT", "Rua da Imprensa à Estrela 4||Lisboa||1200888", "|1200-888", "Rua da Imprensa à Estrela 4 / 1200-888 Lisboa"},
		{"RO", "Calea 13 Septembrie 1||București||050711", "|050711", "Calea 13 Septembrie 1 / 050711 București"},
		{"SA", "King Fahd Road||Riyadh||12271", "|12271", "King Fahd Road / Riyadh 12271"},
		{"SE", "Riksgatan 1||Stockholm||se-10012", "|10012", "Riksgatan 1 / SE-10012 Stockholm"},
		{"SG", "1 Parliament Place||Singapore||178880", "|178880", "1 Parliament Place / SINGAPORE 178880"},
		{"SI", "Šubičeva ulica 4||Ljubljana||SI-1000", "|1000", "Šubičeva ulica 4 / SI-1000 Ljubljana"},
		{"SK", "Námestie A. Dubčeka 1||Bratislava||81280", "|812 80", "Námestie A. Dubčeka 1 / 812 80 Bratislava"},
		{"TH", "Na Phra Lan Road||Phra Nakhon|Bangkok|10200", "10|10200", "Na Phra Lan Road / Phra Nakhon / Bangkok 10200"},
		{"TR", "Ziyabey Cad. 6||Çankaya|ankara|06520", "06|06520", "Ziyabey Cad. 6 / 06520 Çankaya/Ankara"},
		{"TW", "122 Chongqing S. Rd.||Zhongzheng|Taipei City|100006", "TPE|100006", "122 Chongqing S. Rd. / Zhongzheng, Taipei City 100006"},
		{"UA", "вул. Банкова 11||Київ|Київ|01220", "30|01220", "вул. Банкова 11 / Київ / Київ / 01220"},
		{"US", "1600 Pennsylvania Ave NW||Washington|District of Columbia|205000005", "DC|20500-0005", "1600 Pennsylvania Ave NW / Washington, DC 20500-0005"},
		{"VN", "2 Hùng Vương||Ba Đình|Hà Nội|100000", "HN|100000", "2 Hùng Vương / Ba Đình / Hanoi City 100000"},
		{"ZA", "Plein Street||Cape Town||8000", "|8000", "Plein Street / Cape Town / 8000"},
	}
	countries := map[string]bool{}
	for _, tc := range tests {
		countries[tc.country] = true
		typed := strings.Split(tc.typed, "|")
		a := Normalise(Address{
			Name: "Ada Lovelace", Line1: typed[0], Line2: " " + typed[1], City: typed[2] + "  ", Region: typed[3], PostalCode: typed[4], Country: tc.country,
		})
		if stored := a.Region + "|" + a.PostalCode; stored != tc.stored {
			t.Errorf("%s: %q is stored as %q, not %q", tc.country, tc.typed, stored, tc.stored)
		}
		if problems := Check(a); problems != nil {
			t.Errorf("%s: %q is refused: %v", tc.country, tc.typed, problems)
		}
		lines := Lines(a)
		if last := lines[len(lines)-1]; last != CountryName(tc.country, language.English) {
			t.Errorf("%s: the last line is %q", tc.country, last)
		}
		rest := strings.Join(slices.DeleteFunc(lines[:len(lines)-1], func(line string) bool { return line == "Ada Lovelace" }), " / ")
		if rest != tc.lines {
			t.Errorf("%s: %q is written %q, not %q", tc.country, tc.typed, rest, tc.lines)
		}
	}
	if len(countries) < 40 {
		t.Errorf("only %d countries", len(countries))
	}
}

// What is refused is named by its field, in words that say what to do.
func TestRefused(t *testing.T) {
	good := Address{Name: "Ada Lovelace", Line1: "1 Engine Street", City: "Town", Region: "", PostalCode: "", Country: ""}
	for name, tc := range map[string]struct {
		change func(*Address)
		want   string // field: text, all of them
	}{
		"too few digits":     {func(a *Address) { a.Country, a.PostalCode = "DE", "1011" }, "postal_code: A postcode in Germany has five digits, such as 26133"},
		"letters in a ZIP":   {func(a *Address) { a.Country, a.Region, a.PostalCode = "US", "OR", "9720A" }, "postal_code: A ZIP code in the United States has five digits, such as 95014"},
		"no letters":         {func(a *Address) { a.Country, a.PostalCode = "GB", "12345" }, "postal_code: A postcode in the United Kingdom looks like EC1Y 8SY"},
		"an Eircode":         {func(a *Address) { a.Country, a.PostalCode = "IE", "12" }, "postal_code: An eircode in Ireland looks like A65 F4E2"},
		"no postcode":        {func(a *Address) { a.Country = "FR" }, "postal_code: Enter the postcode, such as 33380"},
		"no state":           {func(a *Address) { a.Country, a.PostalCode = "US", "97201" }, "region: Choose the state"},
		"no such state":      {func(a *Address) { a.Country, a.Region, a.PostalCode = "US", "Orgon", "97201" }, "region: “Orgon” is no state of the United States in our list; choose one, such as Alabama"},
		"no city":            {func(a *Address) { a.Country, a.PostalCode, a.City = "DE", "10115", "" }, "city: Enter the city"},
		"no street, no name": {func(a *Address) { a.Country, a.Name, a.Line1 = "HK", "", ""; a.Region = "Kowloon" }, "line1: Enter the street and house number; full_name: Enter the full name"},
		"no country":         {func(a *Address) { a.Country = "" }, "country_code: Choose a country"},
		"not a country":      {func(a *Address) { a.Country = "usa" }, "country_code: Choose a country"},
		"unknown country":    {func(a *Address) { a.Country, a.City, a.PostalCode = "ZZ", "", "what ever" }, ""},
		"unknown region":     {func(a *Address) { a.Country, a.Region = "IE", "Dublin 4" }, ""},
	} {
		a := good
		tc.change(&a)
		var got []string
		for _, problem := range Check(a) {
			got = append(got, string(problem.Field)+": "+problem.Text)
		}
		if strings.Join(got, "; ") != tc.want {
			t.Errorf("%s: %q, not %q", name, got, tc.want)
		}
	}
}

// The form asks in the order in which the country writes, and each country's own examples pass.
func TestForms(t *testing.T) {
	for country, want := range map[string]string{
		"US": "full_name line1 line2 city+region*+postal_code", "DE": "full_name line1 line2 postal_code+city", "JP": "postal_code region* line1 line2 full_name",
		"GB": "full_name line1 line2 city postal_code", "HU": "full_name city line1 line2 postal_code", "SG": "full_name line1 line2 postal_code",
		"CI": "full_name line1 line2 city", "ZZ": "full_name line1 line2 city region postal_code", "AO": "full_name line1 line2 city",
	} {
		var rows []string
		for _, row := range Form(country) {
			var fields []string
			for _, part := range row {
				field := string(part.Field)
				if len(part.Regions) > 0 {
					field += "*"
				}
				fields = append(fields, field)
			}
			rows = append(rows, strings.Join(fields, "+"))
		}
		if got := strings.Join(rows, " "); got != want {
			t.Errorf("%s asks for %q, not %q", country, got, want)
		}
	}
	for country, f := range formats() {
		asked := map[Field]int{}
		for _, row := range Form(country) {
			for _, part := range row {
				asked[part.Field]++
			}
		}
		for field, times := range asked {
			if times != 1 {
				t.Errorf("%s asks %d times for %s", country, times, field)
			}
		}
		for _, field := range []Field{Name, Line1, Line2} {
			if asked[field] != 1 {
				t.Errorf("%s does not ask for %s", country, field)
			}
		}
		for _, field := range []Field{City, Region, PostalCode} {
			if f.requires(field) && asked[field] != 1 {
				t.Errorf("%s needs %s and does not ask for it", country, field)
			}
		}
		for _, example := range strings.Split(f.Examples, ",") {
			if written := f.postcode(example); example != "" && !f.pattern.MatchString(written) {
				t.Errorf("%s refuses its own example %q, written %q", country, example, written)
			}
		}
		for _, region := range f.Regions {
			for _, typed := range []string{region.Code, country + "-" + region.Code, region.Name, region.Label(), strings.ToUpper(region.Label())} {
				if code, ok := f.region(typed); !ok || code != region.Code {
					t.Errorf("%s: %q is region %q, not %q", country, typed, code, region.Code)
				}
			}
		}
	}
}

// A label on a parcel names the country only abroad, and is in capitals where the post wants it.
func TestParcelLines(t *testing.T) {
	a := Address{Name: "Ada Lovelace", Line1: "10 Downing Street", City: "London", PostalCode: "SW1A 2AA", Country: "GB"}
	if got := strings.Join(ParcelLines(a, "GB"), " / "); got != "Ada Lovelace / 10 Downing Street / LONDON / SW1A 2AA" {
		t.Errorf("at home: %q", got)
	}
	if got := strings.Join(ParcelLines(a, "FR"), " / "); got != "Ada Lovelace / 10 Downing Street / LONDON / SW1A 2AA / UNITED KINGDOM" {
		t.Errorf("abroad: %q", got)
	}
}

// A town reaches the label also where the country asks for none, and missing parts leave no punctuation behind.
func TestLinesLoseNothing(t *testing.T) {
	for want, a := range map[string]Address{
		"1 Street / Shibuya-ku / Japan":               {Line1: "1 Street", City: "Shibuya-ku", Country: "JP"},
		"東京都 / 渋谷区 / 道玄坂1 / Japan":                    {Line1: "道玄坂1", City: "渋谷区", Region: "13", Country: "JP"},
		"Portland 97201 / United States":              {City: "Portland", PostalCode: "97201", Country: "US"},
		"OR 97201 / United States":                    {Region: "Oregon", PostalCode: "97201", Country: "US"},
		"Springfield / Nowhere / 1234 / ZZ":           {City: "Springfield", Region: "Nowhere", PostalCode: "1234", Country: "ZZ"},
		"1 Rue, Étage 2 Abidjan / " + "Côte d’Ivoire": {Line1: "1 Rue", Line2: "Étage 2", City: "Abidjan", Country: "CI"},
		"GIBRALTAR / Gibraltar":                       {Country: "GI"},
	} {
		if got := strings.Join(Lines(a), " / "); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// Every country of the data has a name, and lists are in the order of the reader's language.
func TestCountries(t *testing.T) {
	list := Countries(language.German)
	for _, country := range list {
		if country.Name == country.Code {
			t.Errorf("%s has no name", country.Code)
		}
	}
	at := func(name string) int { return slices.IndexFunc(list, func(c Named) bool { return c.Name == name }) }
	if austria, egypt := at("Österreich"), at("Polen"); austria < 0 || egypt < austria || egypt > austria+20 {
		t.Errorf("Österreich is number %d, Polen %d of %d", austria, egypt, len(list))
	}
}

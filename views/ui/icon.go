package ui

// IconName is one of the line icons. Icons are decoration: the words are beside them, or in the label of their control.
type IconName string

// The icons, each drawn on a 24 by 24 grid with one stroke.
const (
	IconAlert    IconName = "M12 8v5m0 3.5v.01M10.3 4 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0Z"
	IconArrow    IconName = "M5 12h14m-6-6 6 6-6 6"
	IconBox      IconName = "m3.5 7.5 8.5-4 8.5 4v9l-8.5 4-8.5-4zm0 0 8.5 4 8.5-4m-8.5 4v9"
	IconCart     IconName = "M3 4h2.2l2.1 11h10.9l2-8H6M9.5 19.5v.01m7.5-.01v.01"
	IconCheck    IconName = "m5 12.5 4.5 4.5L19.5 7"
	IconChevron  IconName = "m9 5 7 7-7 7"
	IconClock    IconName = "M12 7v5.2l3.2 2M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0Z"
	IconClose    IconName = "m6 6 12 12M18 6 6 18"
	IconCopy     IconName = "M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9"
	IconDownload IconName = "M12 4v11m-4.5-4 4.5 4.5L16.5 11M4.5 19.5h15"
	IconFilter   IconName = "M4 7h16M7 12h10m-7 5h4"
	IconGlobe    IconName = "M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0ZM3.5 12h17M12 3.5c-5 5-5 12 0 17 5-5 5-12 0-17Z"
	IconHome     IconName = "m4 11 8-7 8 7v9h-5.5v-6h-5v6H4z"
	IconImage    IconName = "M4 4.5h16v15H4zm0 11.5 4.5-4.5 4 4 2.5-2.5 5 4.5M15.5 9v.01"
	IconInfo     IconName = "M12 11v5.5M12 7.5v.01M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0Z"
	IconList     IconName = "M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.5 6.5v.01M4.5 12v.01m0 5.49v.01"
	IconLock     IconName = "M6 10.5h12v9.5H6zm2.5 0V8a3.5 3.5 0 0 1 7 0v2.5"
	IconMail     IconName = "M3.5 5.5h17v13h-17zm0 1 8.5 6.5 8.5-6.5"
	IconMenu     IconName = "M4 7h16M4 12h16M4 17h16"
	IconPrint    IconName = "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"
	IconRefresh  IconName = "M19.5 5v4.5H15m4.2-.3A8 8 0 1 0 20 13.5"
	IconReturn   IconName = "M8.5 5 4 9.5 8.5 14M4.5 9.5h10a5 5 0 0 1 0 10H9"
	IconSearch   IconName = "m20 20-4.7-4.7M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z"
	IconTag      IconName = "M3.5 12.2V4.5h7.7l9 9-7.7 7.7zM8 9v.01"
	IconTruck    IconName = "M2.5 6H14v10.5H2.5zm11.5 3.5h4l3.5 3.5v3.5H14M9.2 17.5a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0Zm10.3 0a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0Z"
	IconUpload   IconName = "M12 15.5v-11M7.5 9 12 4.5 16.5 9M4.5 19.5h15"
	IconUser     IconName = "M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM4.5 20c.9-3.7 4-5.5 7.5-5.5s6.6 1.8 7.5 5.5"
)
